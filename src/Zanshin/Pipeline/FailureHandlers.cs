using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Pipeline;

/// <summary>The failure handlers of a worker and of one queue. They are the user's: each is guarded and bounded.</summary>
internal sealed class FailureHandlers(IReadOnlyList<Layer<IFailureHandler>> handlers, IServiceScopeFactory scopes, string queue, Surroundings surroundings, ILogger logger)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public bool Any => handlers.Count > 0;

    /// <param name="stop">The run's token; where it is cancelled already (by its time limit), it says nothing more.</param>
    public async ValueTask TellAsync(IReadOnlyList<Failure> failures, CancellationToken stop)
    {
        TimeSpan end = surroundings.Now + Limit;
        if (stop.IsCancellationRequested)
            stop = CancellationToken.None;
        for (int i = 0; i < failures.Count; i++)
        {
            foreach (Layer<IFailureHandler> handler in handlers)
            {
                if (surroundings.Now >= end || stop.IsCancellationRequested)
                {
                    logger.FailuresUntold(failures.Count - i, queue, failures[i].Message.Id, handler.Name);
                    return;
                }
                await TellAsync(handler, failures[i], stop);
            }
        }
    }

    /// <summary>The same in a DI scope of its own: the run's scope is what has failed.</summary>
    public async ValueTask TellAsync(Func<IServiceProvider, IReadOnlyList<Failure>> failures, CancellationToken stop)
    {
        try
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await TellAsync(failures(scope.ServiceProvider), stop);
        }
        catch (Exception exception)
        {
            logger.FailureScopeFailed(exception, queue);
        }
    }

    /// <summary>Ends the scope of a run that has failed: what it failed with stands, and its scope's end changes nothing any more.</summary>
    public async ValueTask EndAsync(AsyncServiceScope scope)
    {
        try
        {
            await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            logger.FailureScopeFailed(exception, queue);
        }
    }

    private async ValueTask TellAsync(Layer<IFailureHandler> handler, Failure failure, CancellationToken stop)
    {
        try
        {
            failure.Message.Enter(handler.Name);
            using var over = new CallToken(CallLimit, surroundings.Time, exception => logger.FailureHandlerFailed(exception, handler.Name, failure.Message.Id, queue), stop);
            await handler.Resolve(failure.Message.Services).HandleAsync(failure, over.Token);
        }
        catch (Exception exception)
        {
            logger.FailureHandlerFailed(exception, handler.Name, failure.Message.Id, queue);
        }
    }
}
