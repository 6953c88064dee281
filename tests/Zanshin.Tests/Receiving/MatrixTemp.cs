using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Receiving;

public class MatrixTemp(ITestOutputHelper output)
{
    [Fact]
    public void All()
    {
        string path = Environment.GetEnvironmentVariable("MATRIX_OUT") ?? "/tmp/room.matrix.txt";
        string which = Environment.GetEnvironmentVariable("MATRIX") ?? "a";
        foreach ((int slots, double ms) in which switch { "a" => new (int, double)[] { (1, 50), (10, 5), (2, 5), (10, 50) }, "b" => [(50, 50), (10, 1000), (1, 1000), (200, 1000)], _ => [(1, 5), (50, 1000)] })
        foreach (double rtt in which == "a" ? new double[] { 10, 100 } : [1, 20, 100])
        {
            double window = ms >= 1000 ? 30 : slots / ms > 0.5 ? 6 : 10;
            var alone = new Neighbours { Slots = slots, HandlerMs = ms, RoundTripMs = rtt, Window = window, Others = 1 };
            Neighbours.Result baseline = alone.Run();
            File.AppendAllText(path, $"== {slots} x {ms} ms, rtt {rtt}: {baseline}\n");
            foreach ((Neighbours.Kind kind, int others, int burst, double every) in new (Neighbours.Kind, int, int, double)[]
            {
                (Neighbours.Kind.Empty, 20, 0, 0), (Neighbours.Kind.Bursts, 1, 20, 2), (Neighbours.Kind.Bursts, 3, 10, 2), (Neighbours.Kind.Bursts, 20, 1, 2), (Neighbours.Kind.Bursts, 100, 5, 2), (Neighbours.Kind.Bursts, 20, 3, 0.3),
                (Neighbours.Kind.Hanging, 3, 0, 0), (Neighbours.Kind.Failing, 20, 0, 0), (Neighbours.Kind.Slow, 3, 0, 0), (Neighbours.Kind.Poison, 3, 0, 0), (Neighbours.Kind.Loaded, 20, 0, 0),
            })
            {
                Neighbours.Result result = (alone with { Others = others, Are = kind, Burst = burst, BurstEvery = every }).Run();
                bool ok = result.SlotsUsed >= 0.95 * baseline.SlotsUsed && result.AllPerSecond >= 0.95 * baseline.AllPerSecond;
                File.AppendAllText(path, $"   {(ok ? "  " : "!!")}{(result.RequestsPerMessage > Math.Max(0.21, baseline.RequestsPerMessage * 1.03) ? "R" : " ")} {kind} {others} {burst}/{every}: {result}\n");
            }
        }
        output.WriteLine(path);
    }
}
