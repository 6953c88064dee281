using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Zanshin.Tests.Hosting;

/// <summary>What docs/worker.md recommends: a container that is validated finds what handlers and middleware lack before the start.</summary>
public class ValidatedContainerTests
{
    [Fact]
    public async Task All_of_a_worker_can_be_made()
    {
        HostApplicationBuilder builder = Builder();
        builder.Services.AddSingleton<Stock>();
        using IHost host = builder.Build();
        Assert.NotNull(host.Services.GetRequiredService<ZanshinWorker>());
        await host.StopAsync();
    }

    [Fact]
    public void What_is_missing_is_found_of_handlers_and_of_every_kind_of_middleware()
    {
        var missing = Assert.Throws<AggregateException>(() => Builder().Build());
        Assert.Equal(
            [nameof(Around), nameof(AroundBatch), nameof(Packs), nameof(Ships), nameof(Told), nameof(WhenSent)],
            missing.InnerExceptions.Select(static e => e.Message.Split("ImplementationType: ")[1].Split('\'')[0].Split('+')[^1]).Order(StringComparer.Ordinal));
    }

    private static HostApplicationBuilder Builder()
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddZanshin(static z => z
            .Use<Around>().UseBatch<AroundBatch>().UseSend<WhenSent>().OnFailure<Told>().HandleSignals()
            .Queue("orders", static q => q.Handle<string, Ships>(Body.Text))
            .Queue("mail", static q => q.HandleBatch<string, Packs>(Body.Text))
            .Route("orders", null, Body.Text));
        builder.Services.AddHealthChecks().AddZanshin();
        builder.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
        return builder;
    }

    private sealed class Stock;

#pragma warning disable CS9113 // What they lack.
    private sealed class Ships(Stock stock) : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    private sealed class Packs(Stock stock) : IHandleBatch<string>
    {
        public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, CancellationToken cancel) => ValueTask.FromResult(new BatchOutcome());
    }

    private sealed class Around(Stock stock) : IMiddleware
    {
        public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => next(message, cancel);
    }

    private sealed class AroundBatch(Stock stock) : IBatchMiddleware
    {
        public ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel) => next(batch, cancel);
    }

    private sealed class WhenSent(Stock stock) : ISendMiddleware
    {
        public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel) => next(message, cancel);
    }

    private sealed class Told(Stock stock) : IFailureHandler
    {
        public ValueTask HandleAsync(Failure failure, CancellationToken cancel) => ValueTask.CompletedTask;
    }
#pragma warning restore CS9113
}
