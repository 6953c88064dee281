using Zanshin.LocalQueue.Actions;
using Zanshin.Settling;

namespace Zanshin.Testing.Queues;

/// <summary>What clients have sent, in order. Thread-safe.</summary>
internal sealed class SentLog(ZanshinBuilder? setup, TimeProvider time)
{
    private readonly Lock _lock = new(); // guards all below
    private readonly HashSet<Guid> _ids = [];
    private readonly List<SentMessage> _all = [];
    private readonly List<SentMessage> _notTaken = [];
    private readonly List<SentMessage> _unanswered = []; // of all
    private readonly Queue<(SentMessage Message, int ReceiveCount)> _again = new();

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
            _again.Clear();
            _unanswered.Clear();
        }
    }

    /// <summary>The first that was not taken yet, else the first that is to be received again; with its receive count.</summary>
    public (SentMessage Message, int ReceiveCount)? Take()
    {
        lock (_lock)
        {
            if (_notTaken is [var next, ..])
            {
                _notTaken.RemoveAt(0);
                return (next, 1);
            }
            return _again.TryDequeue(out var again) ? again : null;
        }
    }

    public void Again(SentMessage message, int receiveCount)
    {
        lock (_lock)
            _again.Enqueue((message, receiveCount));
    }

    /// <summary>The queue has what a call brought, whatever becomes of the answer.</summary>
    public List<SentMessage> Note(SqsRequest request, SqsResponse response)
    {
        List<SentMessage> noted = [];
        if (request is SendMessage single && response is SendMessage.Response { Receipt: var receipt })
        {
            // A hop of a long delay is the worker's. What the application sends for the first time comes in a batch.
            if (!Has(receipt, DueTime.Attribute))
                Add(request.Queue!, receipt, single.Message, noted);
        }
        else if (request is SendMessageBatch batch && response is SendMessageBatch.Response { Successful: var receipts })
        {
            foreach (SendReceipt sent in receipts)
                Add(request.Queue!, sent, batch.Entries.Find(e => e.Id == sent.Id)!, noted);
        }
        return noted;
    }

    /// <summary>Their sender knows that they are sent.</summary>
    public void Answered(List<SentMessage> messages) => messages.ForEach(m => Noted?.Invoke(m));

    /// <summary>Their sender does not know it, and may send them again.</summary>
    public void Unanswered(List<SentMessage> messages)
    {
        lock (_lock)
            _unanswered.AddRange(messages);
    }

    private void Add(string queue, SendReceipt receipt, MessageInput input, List<SentMessage> noted)
    {
        // A copy of a rejected message is the worker's.
        if (Has(receipt, Rejects.Attribute))
            return;
        var message = new SentMessage(queue, setup?.TypeAttribute ?? new ZanshinOptions().TypeAttribute, receipt.Sent.MessageId, receipt.Message, time.GetUtcNow(), input.DelaySeconds);
        lock (_lock)
        {
            // A repeated deduplication id is answered with the first message.
            if (!_ids.Add(message.MessageId))
                return;
            noted.Add(message);
            if (_unanswered.Find(m => Repeats(message, m)) is { } before)
            {
                // The same once more: what counts is the one whose sender knows it.
                _unanswered.Remove(before);
                Replace(_all, before, message);
                Replace(_notTaken, before, message);
                return;
            }
            _all.Add(message);
            if (Keeps)
                _notTaken.Add(message);
        }
    }

    private static bool Has(SendReceipt receipt, string attribute) => Array.Exists(receipt.Message.Attributes, a => a.Name == attribute);

    private static bool Repeats(SentMessage message, SentMessage before) =>
        message.Queue == before.Queue && message.Group == before.Group && message.Message.AttributesMd5.Equals(before.Message.AttributesMd5) && message.Message.Body.AsSpan().SequenceEqual(before.Message.Body);

    private static void Replace(List<SentMessage> messages, SentMessage old, SentMessage with)
    {
        int i = messages.IndexOf(old);
        if (i >= 0)
            messages[i] = with;
    }
}
