using Zanshin.LocalQueue.Actions;
using Zanshin.Settling;

namespace Zanshin.Testing.Queues;

/// <summary>What clients have sent, in order. Thread-safe.</summary>
internal sealed class SentLog(ZanshinBuilder? setup, TimeProvider time)
{
    private readonly Lock _lock = new(); // guards all below
    private readonly HashSet<Guid> _ids = [];
    private readonly List<SentMessage> _all = [];
    private readonly Queue<SentMessage> _notTaken = new();

    public SentMessage[] All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    /// <summary>Told of each message that was sent, in the sender's own course. Set before the first is.</summary>
    public Action<SentMessage>? Noted { get; set; }

    /// <summary>Whether what was sent is kept until it is taken out.</summary>
    public bool Keeps { get; init; }

    public void Clear()
    {
        lock (_lock)
        {
            _all.Clear();
            _notTaken.Clear();
        }
    }

    /// <summary>The first that was not taken yet.</summary>
    public SentMessage? Take()
    {
        lock (_lock)
            return _notTaken.TryDequeue(out SentMessage? next) ? next : null;
    }

    public void Note(SqsRequest request, SqsResponse response)
    {
        if (request is SendMessage single && response is SendMessage.Response { Receipt: var receipt })
        {
            Add(request.Queue!, receipt, single.Message);
        }
        else if (request is SendMessageBatch batch && response is SendMessageBatch.Response { Successful: var receipts })
        {
            foreach (SendReceipt sent in receipts)
                Add(request.Queue!, sent, batch.Entries.Find(e => e.Id == sent.Id)!);
        }
    }

    private void Add(string queue, SendReceipt receipt, MessageInput input)
    {
        // A copy of a rejected message is the worker's.
        if (Array.Exists(receipt.Message.Attributes, static a => a.Name == Rejects.Attribute))
            return;
        var message = new SentMessage(queue, setup?.TypeAttribute ?? new ZanshinOptions().TypeAttribute, receipt.Sent.MessageId, receipt.Message, time.GetUtcNow(), input.DelaySeconds);
        lock (_lock)
        {
            // A repeated deduplication id is answered with the first message.
            if (!_ids.Add(message.MessageId))
                return;
            _all.Add(message);
            if (Keeps)
                _notTaken.Enqueue(message);
        }
        Noted?.Invoke(message);
    }
}
