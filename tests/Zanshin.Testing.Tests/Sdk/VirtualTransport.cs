using System.Net;
using System.Text;

namespace Zanshin.Testing.Tests.Sdk;

/// <summary>
/// An SQS endpoint in memory that answers after a virtual delay. It completes its answers with no context set: the SDK's
/// <c>ConfigureAwait(false)</c> continuations then run inline on the pump's thread, and the caller's own await is posted to the pump.
/// </summary>
internal sealed class VirtualTransport(VirtualTime time, Func<string, string, Answer> answer) : HttpMessageHandler
{
    public List<int> Threads { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Threads.Add(Environment.CurrentManagedThreadId);
        var action = request.Headers.TryGetValues("X-Amz-Target", out var target) ? target.Single().Split('.')[^1] : "none";
        var body = await request.Content!.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var planned = answer(action, body);

        var done = new TaskCompletionSource(); // not RunContinuationsAsynchronously: that would hop to the pool
        using (time.CreateTimer(_ => WithoutContext(() => done.TrySetResult()), null, planned.After, Timeout.InfiniteTimeSpan))
        using (cancellationToken.UnsafeRegister((_, token) => WithoutContext(() => done.TrySetCanceled(token)), null))
            await done.Task.ConfigureAwait(false);

        Threads.Add(Environment.CurrentManagedThreadId);
        if (planned.Status == 0)
            throw new HttpRequestException(planned.Json);
        return new HttpResponseMessage((HttpStatusCode)planned.Status)
        {
            Content = new StringContent(planned.Json, Encoding.UTF8, "application/x-amz-json-1.0"),
            RequestMessage = request,
        };
    }

    private static void WithoutContext(Action complete)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            complete();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
