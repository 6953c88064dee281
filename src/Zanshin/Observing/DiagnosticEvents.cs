using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;

namespace Zanshin.Observing;

/// <summary>
/// The diagnostic listener <c>Zanshin</c>: the start and end of workers and messages, on the very thread, for who wants to know what is
/// started in their course. Costs a read of a field while nobody listens; who listens may throw, and never into the message's life.
/// <list type="bullet">
/// <item><c>Zanshin.Worker.Start</c>, <c>Zanshin.Worker.Stop</c>: an object that stands for the worker.</item>
/// <item><c>Zanshin.Message.Start</c>: <c>(object worker, string id, object message)</c>; of a batch its first. <c>Zanshin.Message.Stop</c>: the id.</item>
/// </list>
/// </summary>
internal static class DiagnosticEvents
{
    private static readonly DiagnosticListener s_listener = new("Zanshin");

    public static void WorkerStarts(object worker, ILogger logger) => Write("Zanshin.Worker.Start", worker, logger, "");

    public static void WorkerStopped(object worker, ILogger logger) => Write("Zanshin.Worker.Stop", worker, logger, "");

    public static void MessageStarts(Run run)
    {
        if (s_listener.IsEnabled())
            Write("Zanshin.Message.Start", ((object)run.Line.Surroundings, run.Deliveries[0].Id, (object)run.Deliveries[0]), run.Line.Logger, run.Line.Name);
    }

    public static void MessageEnded(Run run)
    {
        if (s_listener.IsEnabled())
            Write("Zanshin.Message.Stop", run.Deliveries[0].Id, run.Line.Logger, run.Line.Name);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Subscribers are told what the payload is; none needs its members by reflection.")]
    private static void Write(string name, object payload, ILogger logger, string queue)
    {
        if (!s_listener.IsEnabled())
            return;
        try
        {
            s_listener.Write(name, payload);
        }
        catch (Exception exception)
        {
            logger.ListenerFailed(exception, queue);
        }
    }
}
