using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // Disposed of in StopAsync.
/// <summary>
/// Has ECS leave this task alone while it has messages. One loop looks once a second: it protects the task when messages are here or have
/// come since the last look, renews that before it expires, and drops it after some time without, and at the stop.
/// </summary>
internal sealed class ScaleInProtection
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_callLimit = TimeSpan.FromSeconds(5);

    /// <summary>A stop does not wait for the agent: the protection expires by itself.</summary>
    private static readonly TimeSpan s_callLimitAtStop = TimeSpan.FromSeconds(1);

    private readonly ScaleInOptions _options;
    private readonly Func<(int Here, long Received)> _work;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly EcsAgent _agent;
    private readonly Trouble _trouble;
    private readonly Wakeup _wakeup;
    private readonly CancellationTokenSource _stopping = new(); // has no timer
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    // Used by the loop only.
    private TimeSpan? _renewAt; // null while the task is not protected, as far as that is known
    private bool _mayBeProtected;
    private TimeSpan _tryAt;
    private TimeSpan _lastBusy;
    private long _received;

    /// <param name="work">Messages that are here now, and those received since the start.</param>
    public ScaleInProtection(ScaleInOptions options, string agentUri, Func<(int Here, long Received)> work, Surroundings surroundings, ILogger logger)
    {
        (_options, _work, _surroundings, _logger) = (options, work, surroundings, logger);
        _agent = new EcsAgent(agentUri, options.Transport);
        _trouble = new Trouble("set the scale-in protection", "the ECS agent", logger, surroundings);
        _wakeup = new Wakeup(surroundings);
    }

    public void Start() => _loop = _surroundings.Begin(this, static protection => protection.RunAsync());

    /// <summary>Drops the protection and ends the loop, within about a second.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        // The transport may be the application's, and so its callbacks on the token, which may block.
        Task cancelling = _surroundings.Begin(this, static protection =>
        {
            protection._stopping.Cancel();
            return Task.CompletedTask;
        });
        _wakeup.Set();
        await _loop;
        await cancelling;
        _wakeup.Dispose();
        _stopping.Dispose();
        _agent.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            TimeSpan now = _surroundings.Now;
            bool busy = IsBusy();
            if (busy)
                _lastBusy = now;
            if (now >= _tryAt)
            {
                if (busy || (_renewAt is not null && now - _lastBusy < _options.DropAfter))
                    await (now >= (_renewAt ?? TimeSpan.Zero) ? SetAsync(true, s_callLimit, _stopping.Token) : Task.CompletedTask);
                else if (_mayBeProtected)
                    await SetAsync(false, s_callLimit, _stopping.Token);
            }
            await _wakeup.WaitAsync(_surroundings.Now + s_look);
        }
        if (_mayBeProtected)
            await SetAsync(false, s_callLimitAtStop, CancellationToken.None);
    }

    private void CallbackFailed(Exception exception) => _trouble.Met(SqsFailure.Of(exception), _surroundings.Now);

    private bool IsBusy()
    {
        (int here, long received) = _work();
        bool busy = here > 0 || received != _received;
        _received = received;
        return busy;
    }

    private async Task SetAsync(bool protect, TimeSpan within, CancellationToken stopping)
    {
        TimeSpan called = _surroundings.Now;
        // A call whose answer is lost may have had its effect.
        _mayBeProtected = true;
        try
        {
            using var limit = new CallToken(within, _surroundings.Time, CallbackFailed, stopping);
            await _agent.ProtectAsync(protect, (int)_options.ExpiresIn.TotalMinutes, limit.Token);
            _trouble.Over();
            if (protect != _renewAt is not null)
                _logger.ScaleIn(protect ? "protected from scale-in" : "not protected from scale-in any more");
            _mayBeProtected = protect;
            _renewAt = protect ? called + _options.ExpiresIn / 2 : null;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The stop makes the last call.
        }
        catch (Exception exception)
        {
            SqsFailure failure = exception is EcsAgentException ? new SqsFailure(SqsFailureKind.Server, exception.Message) : SqsFailure.Of(exception);
            _tryAt = _surroundings.Now + _trouble.Met(failure, called);
        }
    }
}
