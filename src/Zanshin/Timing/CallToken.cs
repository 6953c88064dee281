namespace Zanshin.Timing;

/// <summary>
/// The token of one call of application code: cancelled at the call's time limit, and together with another token. Callbacks on it are the application's
/// and may throw: on a timer's thread that would end the process, elsewhere it would meet whoever cancels.
/// </summary>
internal sealed class CallToken : IDisposable
{
    private readonly CancellationTokenSource _source = new(); // has no timer and may be cancelled by a late one: nothing to dispose
    private readonly Action<Exception> _failed;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _also;

    /// <param name="failed">Told what callbacks threw. Never throws.</param>
    public CallToken(TimeSpan within, TimeProvider time, Action<Exception> failed, CancellationToken also)
    {
        _failed = failed;
        _timer = time.CreateTimer(static call => ((CallToken)call!).Cancel(), this, within, Timeout.InfiniteTimeSpan);
        _also = also.UnsafeRegister(static call => ((CallToken)call!).Cancel(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Cancels a token that application code has.</summary>
    /// <param name="failed">Told what callbacks threw. Never throws.</param>
    public static void Cancel(CancellationTokenSource source, Action<Exception> failed)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception exception)
        {
            failed(exception);
        }
    }

    public void Dispose()
    {
        // Without waiting for callbacks that run: they may block.
        _also.Unregister();
        _timer.Dispose();
    }

    private void Cancel() => Cancel(_source, _failed);
}
