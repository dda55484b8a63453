using CsCheck;

namespace Platform.Cli.Tests.Bills;

public sealed class BillPropertyTests
{
    private static readonly Gen<Call> AnyCall =
        Gen.Select(Gen.Int[0, 5 * 86_400 - 1], Gen.Int[0, 2].Select(index => new[] { "k1aa", "k2bb", "k3cc" }[index]), Gen.Int[0, 2].Select(index => new[] { "alpha", "beta", "gamma" }[index]), Gen.Long[0, 5_000], Gen.Long[0, 5_000], Gen.Long[0, 2_000])
            .Select((second, key, model, input, cached, output) =>
                new Call(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second), key, model, input, cached, output) { Project = key == "k3cc" ? "proj_b" : "proj_a" });

    [Fact]
    public void Bill_that_is_made_of_our_records_always_matches() =>
        AnyCall.Array[1, 80].Sample(calls =>
        {
            Assert.Equal(0, BillCase.Compare([OpenAiBill.Costs(calls), OpenAiBill.Usage(calls)], calls).ExitCode);
            Assert.Equal(0, BillCase.Compare([OpenAiBill.Costs(calls)], calls).ExitCode);
            Assert.Equal(0, BillCase.Compare([OpenAiBill.Usage(calls)], calls).ExitCode);
        });

    [Fact]
    public void Bill_that_lacks_a_call_or_has_one_more_never_matches() =>
        AnyCall.Array[2, 40].Where(calls => calls[0].Input + calls[0].Output > 0).Sample(calls =>
        {
            var rest = calls[1..];
            Assert.NotEqual(0, BillCase.Compare([OpenAiBill.Costs(calls), OpenAiBill.Usage(calls)], rest).ExitCode);
            if (rest.Any(call => call.At.UtcDateTime.Date == calls[0].At.UtcDateTime.Date))
            {
                Assert.NotEqual(0, BillCase.Compare([OpenAiBill.Costs(rest), OpenAiBill.Usage(rest)], calls).ExitCode);
            }
        });

    [Fact]
    public void Sums_of_both_sides_are_those_of_all_cells_whatever_differs() =>
        Gen.Select(AnyCall.Array[1, 40], AnyCall.Array[1, 40]).Sample((billed, recorded) =>
        {
            var reconciliation = BillCase.Compare([OpenAiBill.Costs(billed)], recorded);
            var days = billed.Select(call => call.At.UtcDateTime.Date).ToHashSet();
            var all = reconciliation.Totals((_, _) => true);
            Assert.Equal(billed.Sum(call => call.Kinds().Sum(pair => call.Exact(pair.Kind, pair.Count))), all.BillNanos);
            Assert.Equal(recorded.Where(call => days.Contains(call.At.UtcDateTime.Date)).Sum(call => call.Kinds().Sum(pair => call.Rated(pair.Kind, pair.Count))), all.RecordNanos);
        });
}
