using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>A connection's bytes, as they are; the server reads of its end once it is known what became of the last answer.</summary>
internal sealed class WatchedTransport(IDuplexPipe inner, UnreadAnswer answer) : PipeReader, IDuplexPipe
{
    private readonly PipeReader _input = inner.Input;

    public PipeReader Input => this;

    public PipeWriter Output { get; } = inner.Output;

    public override bool TryRead(out ReadResult result) => _input.TryRead(out result);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = _input.ReadAsync(cancellationToken);
        if (!read.IsCompletedSuccessfully) return WatchedAsync(read);
        var result = read.Result;
        return result.IsCompleted ? WatchedAsync(new(result)) : new(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => _input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _input.CompleteAsync(exception);

    private async ValueTask<ReadResult> WatchedAsync(ValueTask<ReadResult> reading)
    {
        try
        {
            var read = await reading.ConfigureAwait(false);
            if (read.IsCompleted) await answer.DecidedAsync().ConfigureAwait(false);
            return read;
        }
        catch (ConnectionResetException)
        {
            answer.GiveBack();
            throw;
        }
    }
}
