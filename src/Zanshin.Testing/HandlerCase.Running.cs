using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Zanshin.Sending;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

/// <content>The run.</content>
public sealed partial class HandlerCase
{
    /// <summary>So long a handler that ignores its cancelled token holds up the end of its test, and 2 s more.</summary>
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(6);

    private Task<HandlerResult> RunOneAsync(Func<ZanshinBuilder, Choice> choose, CancellationToken cancel) => OnItsTimeAsync(choose,
        static (choice, _, result, sent) => new HandlerResult(choice.QueueName, result, sent), cancel);

    private Task<BatchResult> RunBatchAsync(Func<ZanshinBuilder, Choice> choose, CancellationToken cancel) => OnItsTimeAsync(choose,
        static (choice, ids, result, sent) => new BatchResult(choice.QueueName, result, ids, sent), cancel);

    private async Task<T> OnItsTimeAsync<T>(
        Func<ZanshinBuilder, Choice> choose, Func<Choice, IReadOnlyList<string>, TrialResult, IReadOnlyList<SentMessage>, T> result, CancellationToken cancel)
    {
        if (!_virtual)
            return await TrialAsync(choose, result, time: null, cancel);
        VirtualTime time = _time ?? new VirtualTime();
        if (SynchronizationContext.Current == time.Context)
            return await TrialAsync(choose, result, time, cancel);
        try
        {
            // A little longer than the case itself, whose own sentence says more.
            return time.Run(() => TrialAsync(choose, result, time, cancel), (_timeout ?? TrialTerms.TimeoutOn(time)) + TimeSpan.FromHours(1));
        }
        catch (VirtualTimeException exception) when (exception.Fault != VirtualTimeFault.LimitReached)
        {
            throw new VirtualTimeException(exception.Fault, $"{exception.Message}\nA handler that does real I/O or uses the thread pool is run on real time: leave out OnVirtualTime().");
        }
    }

    private async Task<T> TrialAsync<T>(
        Func<ZanshinBuilder, Choice> choose, Func<Choice, IReadOnlyList<string>, TrialResult, IReadOnlyList<SentMessage>, T> result, VirtualTime? time, CancellationToken cancel)
    {
        var services = new ServiceCollection();
        services.Configure<HostOptions>(static o => o.ShutdownTimeout = s_shutdownTimeout);
        _services.ForEach(register => register(services));
        if (time is not null)
            services.AddVirtualTime(time);
        services.TryAddSingleton(TimeProvider.System);
        services.AddZanshin(_configure);
        LocalQueueServiceCollectionExtensions.Add(services, _queues.CopyTo, delivers: false);
        await using ServiceProvider provider = services.BuildServiceProvider();
        // Not by the container, which would leave virtual time with what it awaits.
        await using var buffers = provider.GetRequiredService<BufferedSender>();
        var queues = provider.GetRequiredService<TestQueues>();

        Choice choice = choose(provider.GetRequiredService<ZanshinBuilder>());
        string typeAttribute = provider.GetRequiredService<ZanshinBuilder>().TypeAttribute;
        List<TrialMessage> messages = choice.Texts.ConvertAll(text => _facts.Message(text, choice.Type, typeAttribute, queues.Find(choice.QueueName)));
        TrialTerms terms = _terms with { Queues = _queues, Timeout = _timeout ?? TrialTerms.TimeoutOn(queues.Time) };
        TrialResult came = await new Trial(provider, terms).RunAsync(choice.QueueName, messages, cancel);
        await TestSender.FlushAsync(provider, cancel);
        return result(choice, messages.ConvertAll(static m => m.Id.ToString()), came, [.. queues.Sent]);
    }
}
