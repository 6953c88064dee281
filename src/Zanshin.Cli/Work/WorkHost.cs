using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work;

/// <summary>The worker as an application would host it, with one source of handlers for all queues. Runs until a signal.</summary>
internal sealed class WorkHost(WorkOptions options, WorkLog log, HandlerSource source)
{
    public async Task<int> RunAsync()
    {
        // Until nothing of it is left, so that no signal ends the process before its children.
        using var interrupts = new Interrupts();
        await using HandlerSource handlers = source;
        using IHost host = Build();
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using CancellationTokenRegistration interrupted = interrupts.Token.Register(lifetime.StopApplication);
        using PidFile? pid = options.PidFile is { } file ? PidFile.Write(file) : null;
        try
        {
            await host.StartAsync();
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Good;
        }
        await host.WaitForShutdownAsync();
        return ExitCode.Good;
    }

    private IHost Build()
    {
        // Where every client of ours looks, whatever queue it is for.
        if (options.Place.Region is { } region)
            Environment.SetEnvironmentVariable("AWS_REGION", region);
        if (options.Place.Profile is { } profile)
            Environment.SetEnvironmentVariable("AWS_PROFILE", profile);
        WorkConfiguration configuration = WorkConfiguration.Of(options);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddConfiguration(configuration.Read);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = options.Timeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(static o => o.SuppressStatusMessages = true);
        source.Prepare(builder);
        IReadOnlyList<string> queues = configuration.Queues.Count > 0 ? [.. configuration.Queues.Select(static q => q.Name)] : source.Queues;
        if (queues.Count == 0)
            throw new Refusal("no queue is given: name the queues with -q NAME, or in the file of --config.");
        builder.Services.AddZanshin(worker =>
        {
            foreach (string queue in queues)
            {
                worker.Queue(queue, q =>
                {
                    q.TimeLimit = source.TimeLimit;
                    source.Handle(q);
                });
            }
            worker.HandleSignals();
            source.Configure(worker);
        });
        return builder.Build();
    }
}
