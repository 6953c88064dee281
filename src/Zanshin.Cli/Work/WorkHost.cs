using Amazon.SQS;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Zanshin.Cli.Work;

/// <summary>The worker as an application would host it, with one source of handlers for all queues. Runs until a signal.</summary>
internal sealed class WorkHost(WorkOptions options, WorkConfiguration configuration, WorkLog log, HandlerSource source)
{
    /// <summary>A server that comes up beside it is waited for; then whoever has started the tool is told.</summary>
    private static readonly TimeSpan WaitForSqs = TimeSpan.FromSeconds(90);

    /// <exception cref="Refusal">It cannot be set up, or a background service of the handlers' assembly has ended it.</exception>
    public async Task<int> RunAsync()
    {
        // Until nothing of it is left: the children go first, then what names the process, and last what keeps a signal from ending it before them.
        using var interrupts = new Interrupts();
        using PidFile? pid = options.PidFile is { } file ? PidFile.Write(file) : null;
        using IHost host = Build();
        await using HandlerSource handlers = source;
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using CancellationTokenRegistration interrupted = interrupts.Token.Register(lifetime.StopApplication);
        try
        {
            await host.StartAsync();
            await host.WaitForShutdownAsync();
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !lifetime.ApplicationStarted.IsCancellationRequested)
        {
            // Stopped before it worked.
        }
        return Crashed(host) is { ExecuteTask.Exception.InnerException: { } exception } service
            ? throw new Refusal($"{service.GetType().FullName} has failed, and ended the worker: {exception.GetType().Name}: {exception.Message}", exception)
            : ExitCode.Good;
    }

    internal IHost Build()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddConfiguration(configuration.Read);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = configuration.Timeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(static o => o.SuppressStatusMessages = true);
        source.Prepare(builder);
        IReadOnlyList<WorkedQueue> queues = configuration.Queues.Count > 0 ? configuration.Queues : [.. source.Queues.Select(static q => new WorkedQueue(q, null))];
        if (queues.Count == 0)
            throw new Refusal("no queue is given: name the queues with -q NAME, or in the file of --config.");
        // For each queue that is worked or sent to; unless the assembly brings a client for all.
        if (!builder.Services.Any(static s => s.ServiceType == typeof(IAmazonSQS) && !s.IsKeyedService))
        {
            var clients = new WorkClients(configuration.Place);
            builder.Services.AddKeyedSingleton(KeyedService.AnyKey, (_, queue) => clients.For((string)queue!));
        }
        builder.Services.AddZanshin(worker =>
        {
            worker.WaitForSqs = WaitForSqs;
            foreach (WorkedQueue queue in queues)
            {
                worker.Queue(queue.Name, q =>
                {
                    q.TimeLimit = source.TimeLimit;
                    source.Handle(q);
                });
            }
            worker.HandleSignals();
            source.Configure(worker);
            // The command line goes over the assembly's code too.
            foreach (WorkedQueue queue in queues)
                worker.Queue(queue.Name, q => Set(q.Options, queue));
            if (options.Timeout is not null)
                worker.Options.Timeout = null;
        });
        return builder.Build();
    }

    private void Set(QueueOptions queue, WorkedQueue given)
    {
        queue.Weight = given.Weight ?? queue.Weight;
        queue.Visibility = options.Visibility ?? queue.Visibility;
        queue.WaitTime = options.WaitTime ?? queue.WaitTime;
        queue.TimeLimit = options.TimeLimit ?? queue.TimeLimit;
        queue.Delay = options.Delay ?? queue.Delay;
    }

    // The host stops then, as if a signal had come.
    private static BackgroundService? Crashed(IHost host) =>
        host.Services.GetRequiredService<IOptions<HostOptions>>().Value.BackgroundServiceExceptionBehavior != BackgroundServiceExceptionBehavior.StopHost ? null
        : host.Services.GetServices<IHostedService>().OfType<BackgroundService>().FirstOrDefault(static s => s.ExecuteTask is { IsFaulted: true });
}
