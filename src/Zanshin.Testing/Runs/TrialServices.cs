using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Testing.Runs;

/// <summary>
/// The application's services, but for the worker's own way to SQS, which goes to the trial's queues, and for its meter, which ends with the trial. Handlers get scopes of the application's, and send as it does.
/// </summary>
internal sealed class TrialServices : IKeyedServiceProvider, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly TestQueues _queues;
    private readonly SqsClients _clients;
    private readonly QueueResolver _resolver;
    private readonly Instruments _instruments; // what a worker registers on a meter stays there as long as the meter
    private readonly Surroundings _surroundings; // each worker's own: what watches workers knows them by it

    public TrialServices(IServiceProvider services, TestQueues queues)
    {
        (_services, _queues) = (services, queues);
        _clients = new SqsClients(this, services.GetRequiredService<ZanshinBuilder>());
        _surroundings = queues.Time is VirtualTime time ? new Surroundings(time, new Random(1), time.Context) : Surroundings.Production(queues.Time);
        var logger = services.GetRequiredService<ILogger<ZanshinWorker>>();
        _resolver = new QueueResolver(_clients, _surroundings, logger);
        _instruments = new Instruments(factory: null, logger);
    }

    public void Dispose()
    {
        _clients.Dispose();
        _instruments.Dispose();
    }

    public object? GetService(Type serviceType) =>
        serviceType == typeof(SqsClients) ? _clients
        : serviceType == typeof(QueueResolver) ? _resolver
        : serviceType == typeof(Surroundings) ? _surroundings
        : serviceType == typeof(Instruments) ? _instruments
        : serviceType == typeof(IAmazonSQS) ? _queues.ApplicationsClient
        : serviceType == typeof(TestQueues) ? _queues
        : _services.GetService(serviceType);

    public object? GetKeyedService(Type serviceType, object? serviceKey) =>
        serviceType == typeof(IAmazonSQS) ? null : ((IKeyedServiceProvider)_services).GetKeyedService(serviceType, serviceKey);

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => GetKeyedService(serviceType, serviceKey)
        ?? throw new InvalidOperationException($"No {serviceType.Name} is registered with the key '{serviceKey}'.");
}
