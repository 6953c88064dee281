using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Zanshin.Diagnosis.Hosting;

/// <summary>The host's stopping token outlives every message, and keeps what is registered with it.</summary>
internal sealed class StoppingToken(IHostApplicationLifetime lifetime) : IConfigureOptions<LeakWatchOptions>
{
    public void Configure(LeakWatchOptions options) => options.WatchToken("the host's ApplicationStopping", lifetime.ApplicationStopping);
}
