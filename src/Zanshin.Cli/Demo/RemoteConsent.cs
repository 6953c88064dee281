using System.Globalization;
using Zanshin.Hosting;

namespace Zanshin.Cli.Demo;

/// <summary>Asks before the demo uses an SQS that is not on this machine, which may cost money.</summary>
internal static class RemoteConsent
{
    /// <exception cref="Refusal">There is nobody to ask.</exception>
    public static bool Given(DemoOptions options, int messages)
    {
        if (options.Endpoint is not { } endpoint || Loopback.Is(endpoint) || options.Yes)
            return true;
        if (Console.IsInputRedirected)
            throw new Refusal($"{endpoint} is not on this machine: add --yes to let the demo create a queue there, use it and delete it.");
        Console.Error.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{endpoint} is not on this machine. The demo creates a queue there, sends and works {messages:N0} messages, and deletes the queue. Go on? [y/N] "));
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
