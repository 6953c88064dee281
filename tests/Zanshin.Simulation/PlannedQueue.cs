namespace Zanshin.Simulation;

internal sealed class PlannedQueue
{
    public PlannedQueue(int index, Random dice)
    {
        Fifo = dice.Next(2) == 0;
        Name = Fifo ? $"q{index}.fifo" : $"q{index}";
        Visibility = TimeSpan.FromSeconds(dice.Next(5) switch { 0 => 1, 1 => 2, 2 => 5, 3 => 30, _ => 600 });
        Messages = dice.Next(5, 80);
        Groups = dice.Next(1, 9);
        DeadLetters = dice.Next(2) == 0;
        MaxReceives = dice.Next(3, 12);
        TimeLimit = dice.Next(4) == 0 ? TimeSpan.FromSeconds(dice.Next(1, 10)) : null;
    }

    public string Name { get; }

    public bool Fifo { get; }

    public TimeSpan Visibility { get; }

    public int Messages { get; }

    public int Groups { get; }

    public bool DeadLetters { get; }

    public int MaxReceives { get; }

    public TimeSpan? TimeLimit { get; }

    public override string ToString() =>
        $"{Name} ({Messages} messages{(Fifo ? $" in {Groups} groups" : "")}, visibility {Visibility.TotalSeconds} s{(DeadLetters ? $", dead letters after {MaxReceives}" : "")}{(TimeLimit is { } l ? $", time limit {l.TotalSeconds} s" : "")})";
}
