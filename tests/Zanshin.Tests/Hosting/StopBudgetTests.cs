using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class StopBudgetTests
{
    [Theory]
    [InlineData(null, 60.0, 62.0)]
    [InlineData(null, 8.0, 30.0)]
    [InlineData(null, null, 30.0)]
    [InlineData("45", 60.0, 47.0)]
    [InlineData("00:01:30", null, 92.0)]
    [InlineData("bad", null, 30.0)]
    public void The_hosts_time_out_is_raised_where_it_is_too_short(string? configured, double? set, double host)
    {
        var services = new ServiceCollection();
        services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        Configure(services, configured);
        services.AddZanshin(z => z.Timeout = set is { } s ? TimeSpan.FromSeconds(s) : null);
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(host, provider.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.TotalSeconds);
    }

    [Theory]
    [InlineData(null, 60.0, 55.0)]
    [InlineData("8", 60.0, 4.0)]
    [InlineData("00:00:40", null, 35.0)]
    [InlineData("1.5", null, 0.75)]
    public void Handlers_are_cancelled_five_seconds_before_its_end_or_half_way(string? configured, double? set, double seconds) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendAsync(url, "one");
        await bench.StartAsync(
            z =>
            {
                z.Timeout = set is { } s ? TimeSpan.FromSeconds(s) : null;
                z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
            },
            services => Configure(services, configured));
        await bench.Until(() => bench.Status.Running == 1);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, seconds, seconds + 0.1);
    });

    [Theory]
    [InlineData("soon", "'soon' at 'Zanshin:Timeout': it must be a time like")]
    [InlineData("0", "Timeout is 00:00:00: it must be from 1 second to 1 day")]
    [InlineData("-8", "Timeout is -00:00:08")]
    [InlineData("1e99", "'1e99' at 'Zanshin:Timeout'")]
    [InlineData("30:00:00", "Timeout is 30.00:00:00")]
    public void What_is_no_time_is_said(string configured, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(
            static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)),
            services => Configure(services, configured));
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains(says, Assert.Single(error.Problems), StringComparison.Ordinal);
    });

    private static void Configure(IServiceCollection services, string? timeout) =>
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(timeout is null ? [] : [new("Zanshin:Timeout", timeout)]).Build());
}
