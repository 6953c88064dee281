using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Zanshin.Cli.Demo;

/// <summary>"1,250 of 5,000" beside a progress bar.</summary>
internal sealed class CountColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(string.Create(CultureInfo.InvariantCulture, $"{task.Value:N0} of {task.MaxValue:N0}").PadLeft(16));
}
