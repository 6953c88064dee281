using Amazon.Runtime;
using Amazon.SQS;

namespace Zanshin.Cli.Sqs;

/// <summary>Calls of one client, each with a time limit, and a few times again when it can pass. Thread-safe.</summary>
internal sealed class SqsCalls(IAmazonSQS client, TimeProvider time) : IDisposable
{
    public const int Tries = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public TimeProvider Time => time;

    /// <summary>Where it sends to, for messages to people.</summary>
    public string Where { get; } = Endpoint(client.Config);

    /// <param name="what">What is asked for, as in "SQS does not ...".</param>
    /// <param name="wait">How long the call waits at SQS.</param>
    /// <exception cref="Refusal">It failed, for good or again and again; what the SDK threw is its cause.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/>.</exception>
    public async Task<T> AskAsync<T>(string what, Func<IAmazonSQS, CancellationToken, Task<T>> call, TimeSpan wait = default, CancellationToken cancel = default)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await OnceAsync(call, wait, cancel);
            }
            catch (Exception exception) when (!cancel.IsCancellationRequested)
            {
                if (attempt == Tries || !SqsTrouble.CanPass(exception))
                    throw new Refusal(SqsTrouble.Sentence(what, Where, exception), exception);
                await PauseAsync(attempt, cancel);
            }
        }
    }

    /// <summary>Without trying again; throws what the SDK throws.</summary>
    public async Task<T> OnceAsync<T>(Func<IAmazonSQS, CancellationToken, Task<T>> call, TimeSpan wait = default, CancellationToken cancel = default)
    {
        using var limit = new CancellationTokenSource(Limit + wait, time);
        using CancellationTokenRegistration also = cancel.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        return await call(client, limit.Token);
    }

    /// <summary>Before the try after <paramref name="attempt"/>: 0.2 s, doubling, of which a random half.</summary>
    public Task PauseAsync(int attempt, CancellationToken cancel = default) =>
        Task.Delay(TimeSpan.FromMilliseconds(200 * Math.Pow(2, attempt - 1) * (0.5 + Random.Shared.NextDouble() / 2)), time, cancel);

    public void Dispose() => client.Dispose();

    private static string Endpoint(IClientConfig config) => config.ServiceURL?.TrimEnd('/') ?? config.RegionEndpoint?.SystemName ?? "an unknown region";
}
