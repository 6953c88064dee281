using Zanshin.Diagnosis.Watching;

namespace Zanshin.Diagnosis.Tests.Watching;

public class FindingBookTests
{
    private readonly FindingBook _book = new(TimeProvider.System);

    [Fact]
    public void What_grows_no_faster_than_a_finding_is_its_consequence()
    {
        Add("thread", 1);
        Assert.True(_book.Explains(1.9));
        Assert.False(_book.Explains(2.1));
    }

    [Fact]
    public void Bytes_of_the_heap_explain_no_numbers()
    {
        Add("heap", 2_500);
        Assert.False(_book.Explains(1));
    }

    [Fact]
    public void A_finding_goes_by_its_other_name_too_and_keeps_when_it_was_found()
    {
        LeakFinding finding = _book.Add(Leak("named", "thread"), 1, [], otherName: "unnamed");
        Assert.True(_book.Knows("unnamed"));
        _book.SeenAgain("unnamed", 7);
        LeakFinding now = Assert.Single(_book.All);
        Assert.Equal((7, finding.FirstSeen), (now.Leak.Count, now.FirstSeen));
        _book.SeenAgain("another", 1);
        Assert.False(_book.Knows("another"));
    }

    private void Add(string kind, double perMessage) => _book.Add(Leak(kind, kind), perMessage, []);

    private static Leak Leak(string fingerprint, string kind) => new(fingerprint, [kind], kind, 1, [], []);
}
