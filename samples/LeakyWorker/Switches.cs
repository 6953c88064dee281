using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using LeakyWorker.Bugs;

namespace LeakyWorker;

/// <summary>What the command line asked for.</summary>
internal sealed record Switches(string Leak, bool Fixed, double PerSecond, double Seconds, bool Watch)
{
    private static readonly string[] s_leaks = ["none", "thread", "timer", "periodic", "loop", "longrunning", "linked", "subscription"];

    public static Switches? Read(string[] args)
    {
        var switches = new Switches("none", Fixed: false, PerSecond: 20, Seconds: 0, Watch: false);
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--leak" when Array.IndexOf(s_leaks, value) >= 0:
                    switches = switches with { Leak = value! };
                    i++;
                    break;
                case "--fixed":
                    switches = switches with { Fixed = true };
                    break;
                case "--watch":
                    switches = switches with { Watch = true };
                    break;
                case "--rate" when double.TryParse(value, out double rate) && rate is > 0 and <= 1000:
                    switches = switches with { PerSecond = rate };
                    i++;
                    break;
                case "--for" when double.TryParse(value, out double seconds) && seconds is > 0 and <= 86_400:
                    switches = switches with { Seconds = seconds };
                    i++;
                    break;
                default:
                    Console.Error.WriteLine($"LeakyWorker: '{args[i]}{(value is null ? "" : $" {value}")}' is not understood.");
                    Console.Error.WriteLine($"LeakyWorker [--leak {string.Join('|', s_leaks)}] [--fixed] [--rate MESSAGES_A_SECOND] [--for SECONDS] [--watch]");
                    return null;
            }
        }
        return switches;
    }

    public Bug Make(IServiceProvider services) => Leak switch
    {
        "thread" => new AutoExtendVisibility(Fixed),
        "timer" => new ReminderTimer(Fixed),
        "periodic" => new PeriodicExtender(Fixed),
        "loop" => new ForgottenLoop(Fixed),
        "longrunning" => new LongRunningWatcher(Fixed),
        "linked" => new LinkedToken(Fixed, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping),
        "subscription" => new PriceSubscription(Fixed),
        _ => new NoBug(),
    };

    public override string ToString() => $"{Leak}{(Fixed ? ", fixed" : "")}";
}
