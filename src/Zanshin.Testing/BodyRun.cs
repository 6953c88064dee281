using System.Runtime.ExceptionServices;

namespace Zanshin.Testing;

/// <summary>The body of one run and how it ended. Its await comes back to the pump, so a body that ends elsewhere is seen as escaped.</summary>
internal sealed class BodyRun(Func<Task> body)
{
    private Task? _task;
    private ExceptionDispatchInfo? _failure;

    public bool Done { get; private set; }

    public void Start() => _task = ObserveAsync();

    public void RethrowFailure() => _failure?.Throw();

    private async Task ObserveAsync()
    {
        try
        {
            await body();
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        Done = true;
    }
}
