using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Cli.Output;
using Platform.Cli.ProviderFiles;
using Platform.Cli.Reconcile.Bills;
using Platform.Contracts;

namespace Platform.Cli.Tests.Bills;

/// <summary>Each way in which a bill and the records of the same known calls may differ, and what is said of it.</summary>
public sealed class DriftTests
{
    private static readonly Call[] Calls =
    [
        Call.On(1, "09:00:00"), Call.On(1, "10:00:00", cached: 40), Call.On(1, "11:00:00", model: "beta", output: 33), Call.On(2, "12:00:00"), Call.On(2, "13:00:00", key: "k2bb", model: "beta"),
    ];

    [Fact]
    public void Bill_of_the_same_calls_matches_in_every_cell()
    {
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(Calls), OpenAiBill.Usage(Calls)], Calls);
        Assert.Equal(["06-01 k1aa alpha matched", "06-01 k1aa beta matched", "06-02 k1aa alpha matched", "06-02 k2bb beta matched"], BillCase.Lines(reconciliation));
        Assert.Equal(0, reconciliation.ExitCode);
    }

    [Fact]
    public void Rounding_is_within_the_default_tolerance_and_a_drift_of_its_own_without_any()
    {
        var calls = Enumerable.Range(0, 9).Select(_ => Call.On(1, "09:00:00", model: "beta", input: 1, output: 1)).ToArray();
        Assert.Equal(["06-01 k1aa beta matched"], BillCase.Lines(BillCase.Compare([OpenAiBill.Costs(calls)], calls)));

        var strict = BillCase.Compare([OpenAiBill.Costs(calls)], calls, tolerance: BillTolerance.Parse("0"));
        Assert.Equal(["06-01 k1aa beta drift rounding"], BillCase.Lines(strict));
        Assert.Contains("18 figures", Evidence(strict), StringComparison.Ordinal);
    }

    [Fact]
    public void Bill_in_cents_differs_by_its_own_rounding()
    {
        var calls = Enumerable.Range(0, 7).Select(_ => Call.On(1, "09:00:00", input: 12_345, output: 777)).ToArray();
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(calls, places: 2)], calls);
        Assert.Equal(["06-01 k1aa alpha drift rounding"], BillCase.Lines(reconciliation));
        Assert.Contains("rounded to 0.01, which explains up to 0.010000000.", Evidence(reconciliation), StringComparison.Ordinal);

        // Rows that count tokens have no amount that could have been rounded.
        var withUsage = BillCase.Compare([OpenAiBill.Costs(calls, places: 2), OpenAiBill.Usage(calls)], calls);
        Assert.Contains("rounded to 0.01, which explains up to 0.010000000.", Evidence(withUsage), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JPY", 0, "rounded to 1, which explains up to 1.000000000.")]
    [InlineData("KWD", 3, "rounded to 0.001, which explains up to 0.001000000.")]
    [InlineData("JPY", 2, "rounded to 0.01, which explains up to 0.010000000.")]
    public void Bill_of_whole_yen_or_fils_differs_by_its_own_rounding(string currency, int places, string evidence)
    {
        var calls = Enumerable.Range(0, 7).Select(_ => Call.On(1, "09:00:00", input: 52_345, output: 7_777)).ToArray();
        var reconciliation = BillCase.Compare(
            [OpenAiBill.Costs(calls, currency: currency, places: places), OpenAiBill.Usage(calls)], calls, change: (_, record) => record["currency"] = currency);
        Assert.Equal(["06-01 k1aa alpha drift rounding"], BillCase.Lines(reconciliation));
        Assert.Contains(evidence, Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alpha-2026-01-15, credit", "06-01 k1aa alpha drift credit", "gives 0.001000000 back")]
    [InlineData("Promotional credit", "06-01 k1aa Promotional credit unattributed_on_bill", "gives money back")]
    public void Credit_that_nobody_booked_is_told_as_one_and_not_as_another_price(string item, string line, string evidence)
    {
        foreach (var pages in new[] { new[] { OpenAiBill.Costs(Calls[..1]), OpenAiBill.Usage(Calls[..1]) }, [OpenAiBill.Costs(Calls[..1])] })
        {
            var results = pages[0]["data"]![0]!["results"]!.AsArray();
            var credit = results[0]!.DeepClone();
            (credit["amount"]!["value"], credit["line_item"]) = (-0.001m, item);
            results.Add(credit);

            var reconciliation = BillCase.Compare(pages, Calls[..1]);
            Assert.Contains(line, BillCase.Lines(reconciliation));
            Assert.Contains(evidence, Evidence(reconciliation), StringComparison.Ordinal);
        }
    }

    /// <summary>What the bill gives back, and what is booked of it, once or in parts.</summary>
    [Theory]
    [InlineData("-0.001", "-0.0006", "drift credit", "gives 0.001000000 back, of which 0.000600000 is booked, and agrees with the records but for the other 0.000400000")]
    [InlineData("-0.001", "-0.0002 -0.0003 0.0003", "drift credit", "of which 0.000200000 is booked")]
    [InlineData("-0.001", "-0.0004 -0.0006", "matched", "")]
    [InlineData("-0.001", "-0.0015", "drift credit", "the records 0.001500000, and they agree but for those 0.000500000: take that back")]
    [InlineData("0", "-0.0015", "drift credit", "gives 0.000000000 back, the records 0.001500000")]
    [InlineData("-0.0012", "-0.0005 0.0001", "drift credit", "for the other 0.000800000")]
    public void Credit_that_is_booked_in_part_is_told_by_its_rest_and_not_as_another_price(string given, string booked, string line, string evidence)
    {
        foreach (var hasUsage in new[] { true, false })
        {
            var costs = OpenAiBill.Costs(Calls[..1]);
            var results = costs["data"]![0]!["results"]!.AsArray();
            var credit = results[0]!.DeepClone();
            (credit["amount"]!["value"], credit["line_item"]) = (decimal.Parse(given, CultureInfo.InvariantCulture), "alpha-2026-01-15, credit");
            results.Add(credit);
            var adjustments = booked.Split(' ').Select(amount => (Call: Call.On(1, "10:00:00", input: 0, output: 0) with { Funding = "external" }, Amount: amount)).ToList();
            var reconciliation = BillCase.Compare(
                hasUsage ? [costs, OpenAiBill.Usage(Calls[..1])] : [costs], [.. Calls[..1], .. adjustments.Select(pair => pair.Call)],
                change: (call, record) =>
                {
                    if (adjustments.Find(pair => pair.Call == call).Amount is { } amount)
                    {
                        (record["cost"], record["requests"], record["price_id"]) = (JsonNode.Parse(amount), 0, 0);
                        record["cost_detail"]!["adjustment"] = JsonNode.Parse(amount);
                    }
                });
            Assert.Contains($"06-01 k1aa alpha {line}", BillCase.Lines(reconciliation));
            Assert.Contains(reconciliation.Cells, pair => evidence.Length == 0 || pair.Finding.Evidence.Any(sentence => sentence.Contains(evidence, StringComparison.Ordinal)));
        }
    }

    /// <summary>Which costs the page lacks: those of output, or all.</summary>
    [Theory]
    [InlineData("output", "no amount of output")]
    [InlineData("", "no amount of input, output")]
    public void Tokens_whose_costs_the_bill_does_not_state_are_no_tokens_at_another_price(string missing, string evidence)
    {
        Call[] calls = [Calls[0], Calls[2]];
        var costs = OpenAiBill.Costs(calls);
        var results = costs["data"]![0]!["results"]!.AsArray();
        foreach (var row in results.Where(row => row!["line_item"]!.GetValue<string>() is var item && item.StartsWith("alpha", StringComparison.Ordinal) && item.EndsWith(missing, StringComparison.Ordinal)).ToList())
        {
            results.Remove(row);
        }

        var reconciliation = BillCase.Compare([costs, OpenAiBill.Usage(calls)], calls);
        Assert.Equal("06-01 k1aa alpha drift missing_costs", BillCase.Lines(reconciliation)[0]);
        Assert.Contains(evidence, Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_that_the_bill_counts_on_another_day_are_found_there()
    {
        Call[] ours = [Call.On(1, "09:00:00"), Call.On(1, "12:00:00"), Call.On(3, "12:00:00", key: "k2bb")];
        Call[] theirs = [ours[0], ours[1] with { At = ours[1].At.AddDays(2) }, ours[2]];
        foreach (var pages in new[] { new[] { OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs) }, [OpenAiBill.Costs(theirs)], [OpenAiBill.Usage(theirs)] })
        {
            var differing = BillCase.Compare(pages, ours).Cells.Where(pair => pair.Finding.Outcome != BillOutcome.Matched).Select(pair => string.Join(' ', pair.Finding.Evidence)).ToList();
            Assert.Equal(2, differing.Count);
            Assert.Contains("2026-06-03 differs by as much the other way", differing[0], StringComparison.Ordinal);
            Assert.Contains("2026-06-01 differs by as much the other way", differing[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Another_currency_is_never_compared()
    {
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(Calls[..1], currency: "eur")], Calls[..1]);
        Assert.Equal(["06-01 k1aa alpha drift currency"], BillCase.Lines(reconciliation));
        Assert.False(reconciliation.HasOneCurrency);
        Assert.DoesNotContain("difference", System.Text.Encoding.UTF8.GetString(BillReconciliationJson.Write(reconciliation)), StringComparison.Ordinal);

        // What only one side has is in its own currency too: a total would be of both.
        var apart = BillCase.Compare([OpenAiBill.Costs(Calls[..1], currency: "eur")], [Calls[0] with { Key = "k9zz" }]);
        Assert.Equal(["06-01 k1aa alpha unattributed_on_bill", "06-01 k9zz alpha unattributed_in_records"], BillCase.Lines(apart));
        using var table = new StringWriter();
        BillReconciliationPrinter.Print(new KtEnvironment(table, table, TimeProvider.System, _ => null, _ => null, null).Printer(OutputFormat.Table), apart);
        Assert.Contains("The bill is in EUR, the records in USD: their amounts are not compared.", table.ToString(), StringComparison.Ordinal);
        Assert.Contains("bill EUR", table.ToString(), StringComparison.Ordinal);
        Assert.All(
            table.ToString().Split('\n').Where(line => line.Contains("unattributed", StringComparison.Ordinal) || line.TrimStart().StartsWith("all ", StringComparison.Ordinal)),
            line => Assert.Contains("–", line, StringComparison.Ordinal));
        Assert.Throws<KtError>(() => BillCase.Compare([OpenAiBill.Costs(Calls[..1], currency: "eur"), OpenAiBill.Costs(Calls[3..])], Calls));
    }

    [Fact]
    public void Records_without_a_price_are_named_and_those_that_a_correction_priced_are_not()
    {
        var unpriced = Calls[0] with { IsUnpriced = true };
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(Calls[..1]), OpenAiBill.Usage(Calls[..1])], [unpriced]);
        Assert.Equal(["06-01 k1aa alpha drift unpriced"], BillCase.Lines(reconciliation));
        Assert.Contains("1 record of 1100 tokens without a price", Evidence(reconciliation), StringComparison.Ordinal);

        // A price of these explains nothing of what the bill has more.
        var more = BillCase.Compare([OpenAiBill.Costs(Calls[..2]), OpenAiBill.Usage(Calls[..2])], [unpriced]);
        Assert.Contains("also has 1140 tokens more", Evidence(more), StringComparison.Ordinal);

        // The correction takes the tokens of nobody: it has the cost alone, so the tokens of the record and of the correction are those of one call.
        var first = unpriced with { Input = 0, Output = 0 };
        var correction = Calls[0] with { Attempt = unpriced.Attempt, Corrects = "record" };
        Assert.Equal(["06-01 k1aa alpha matched"], BillCase.Lines(BillCase.Compare([OpenAiBill.Costs(Calls[..1]), OpenAiBill.Usage(Calls[..1])], [first, correction], change: (call, record) => (record["record_id"], record["source"]) = ("record", call.Corrects.Length > 0 ? "pricing" : "gateway"))));
    }

    [Fact]
    public void Calls_near_midnight_may_be_billed_on_the_other_day()
    {
        Call[] ours = [Call.On(1, "12:00:00"), Call.On(1, "23:58:00"), Call.On(2, "12:00:00")];
        Call[] theirs = [ours[0], ours[1] with { At = ours[1].At.AddMinutes(3) }, ours[2]];
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], ours);
        Assert.Equal(["06-01 k1aa alpha drift day_edge", "06-02 k1aa alpha drift day_edge"], BillCase.Lines(reconciliation));
        Assert.Contains("2026-06-02 differs the other way", Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Fact]
    public void Call_that_is_alone_on_its_day_is_found_across_midnight_and_one_at_noon_is_not()
    {
        Call[] ours = [Call.On(1, "00:02:00", model: "beta"), Call.On(3, "23:59:59.5"), Call.On(3, "12:00:00", model: "gamma")];
        Call[] theirs = [ours[1] with { At = ours[1].At.AddSeconds(1) }, Call.On(3, "01:00:00", model: "delta")];
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(theirs)], ours);
        Assert.Equal(
            ["06-03 k1aa alpha drift day_edge", "06-03 k1aa delta-2026-01-15 unattributed_on_bill", "06-03 k1aa gamma unattributed_in_records", "06-04 k1aa alpha drift day_edge"],
            BillCase.Lines(reconciliation));
    }

    [Fact]
    public void More_tokens_on_the_bill_are_missing_attempts_with_what_is_in_suspense_beside_them()
    {
        var theirs = Calls.Append(Call.On(1, "15:00:00")).ToArray();
        var missing = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], Calls);
        Assert.Equal("06-01 k1aa alpha drift missing_attempts", BillCase.Lines(missing)[0]);
        Assert.Contains("1100 tokens more than the records (3 requests, 2 recorded)", Evidence(missing), StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);

        OpenAttempt[] open = [new("attempt-1", new DateOnly(2026, 6, 1), null, "alpha", new Money(5_000_000), "suspended", "usage unknown")];
        var inSuspense = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], Calls, open: open);
        Assert.Equal("06-01 k1aa alpha drift open_attempts", BillCase.Lines(inSuspense)[0]);
        Assert.Equal("attempt-1", Assert.Single(inSuspense.Cells[0].Finding.OpenAttempts).AttemptId);
        Assert.Equal(2, inSuspense.ExitCode);

        var tooSmall = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], Calls, open: [open[0] with { Reserved = new Money(5) }]);
        Assert.Equal("06-01 k1aa alpha drift missing_attempts", BillCase.Lines(tooSmall)[0]);
        Assert.Single(tooSmall.Cells[0].Finding.OpenAttempts);
    }

    /// <summary>The bill has a call more of each of two keys. Open: n of a name (? does not say), each for one call's cost.</summary>
    [Theory]
    [InlineData("", "missing_attempts missing_attempts")]
    [InlineData("k1aa", "open_attempts missing_attempts")]
    [InlineData("k2bb", "missing_attempts open_attempts")]
    [InlineData("k3cc k3cc", "missing_attempts missing_attempts")]
    [InlineData("k1aa k1aa", "open_attempts missing_attempts")]
    [InlineData("k1aa k2bb", "open_attempts open_attempts")]
    [InlineData("?", "missing_attempts missing_attempts")]
    [InlineData("? ?", "open_attempts open_attempts")]
    [InlineData("? k1aa", "open_attempts open_attempts")]
    public void Attempt_without_an_end_explains_what_is_billed_to_its_own_key(string open, string causes)
    {
        Call[] ours = [Call.On(1, "09:00:00"), Call.On(1, "09:00:00", key: "k2bb")];
        Call[] theirs = [.. ours, Call.On(1, "15:00:00"), Call.On(1, "15:00:00", key: "k2bb")];
        var attempts = open.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, number) => new OpenAttempt(
            $"attempt-{number}", new DateOnly(2026, 6, 1), name == "?" ? null : name, "alpha", new Money(2_800_000), "suspended", "usage unknown")).ToList();

        var compared = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], ours, open: attempts);
        Assert.Equal(causes.Split(' ').Zip(["k1aa", "k2bb"], (cause, key) => $"06-01 {key} alpha drift {cause}"), BillCase.Lines(compared));
    }

    [Fact]
    public void Fewer_tokens_on_the_bill_are_attempts_that_it_does_not_charge()
    {
        var ours = Calls.Append(Call.On(1, "15:00:00") with { Outcome = "client_closed" }).ToArray();
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(Calls), OpenAiBill.Usage(Calls)], ours);
        Assert.Equal("06-01 k1aa alpha drift unbilled_attempts", BillCase.Lines(reconciliation)[0]);
        Assert.Contains("broken off (1 here)", Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_tokens_of_other_kinds_are_told_by_kind()
    {
        Call[] theirs = [Calls[0] with { Input = 600, Cached = 400 }];
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(theirs), OpenAiBill.Usage(theirs)], Calls[..1]);
        Assert.Equal(["06-01 k1aa alpha drift token_kinds"], BillCase.Lines(reconciliation));
        Assert.Contains("input -400, cached_input +400", Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Fact]
    public void Same_tokens_at_another_price_name_the_price_row_and_what_the_bill_implies()
    {
        var costs = OpenAiBill.Costs(Calls, (model, kind) => model == "alpha" && kind == TokenKind.Output ? 1.25m : 1);
        var reconciliation = BillCase.Compare([costs, OpenAiBill.Usage(Calls)], Calls);
        Assert.Equal(["06-01 k1aa alpha drift price", "06-01 k1aa beta matched", "06-02 k1aa alpha drift price", "06-02 k2bb beta matched"], BillCase.Lines(reconciliation));
        Assert.Equal("output: the bill implies 10.00 a million tokens, price row 17 says 8.00.", Evidence(reconciliation));
    }

    [Fact]
    public void Same_share_off_of_every_model_is_a_discount_and_without_tokens_too()
    {
        var costs = OpenAiBill.Costs(Calls, (_, _) => 0.9m);
        foreach (var pages in new[] { new[] { costs, OpenAiBill.Usage(Calls) }, [costs] })
        {
            var reconciliation = BillCase.Compare(pages, Calls);
            Assert.All(reconciliation.Cells, pair => Assert.Equal(DriftCause.Discount, pair.Finding.Cause));
            Assert.Contains("90 % of the records, of more than one model: a discount of 10 %", Evidence(reconciliation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Costs_alone_cannot_tell_usage_from_price_and_say_so()
    {
        var costs = OpenAiBill.Costs(Calls[..1], (_, kind) => kind == TokenKind.Output ? 2 : 1);
        var reconciliation = BillCase.Compare([costs], Calls[..1]);
        Assert.Equal(["06-01 k1aa alpha drift unexplained"], BillCase.Lines(reconciliation));
        Assert.Contains("pages of usage too", Evidence(reconciliation), StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_of_usage_alone_are_compared_by_tokens()
    {
        Assert.Equal(0, BillCase.Compare([OpenAiBill.Usage(Calls)], Calls).ExitCode);
        var theirs = Calls.Append(Call.On(2, "15:00:00", model: "beta", key: "k2bb")).ToArray();
        Assert.Equal("06-02 k2bb beta drift missing_attempts", BillCase.Lines(BillCase.Compare([OpenAiBill.Usage(theirs)], Calls))[3]);
    }

    [Theory]
    [InlineData("0.0001", "drift price")]
    [InlineData("0.01", "matched")]
    [InlineData("1%", "drift price")]
    [InlineData("50%", "matched")]
    public void Tolerance_is_an_amount_or_a_share_of_each_cell(string tolerance, string outcome)
    {
        var costs = OpenAiBill.Costs(Calls[..1], (_, kind) => kind == TokenKind.Output ? 1.25m : 1);
        var reconciliation = BillCase.Compare([costs, OpenAiBill.Usage(Calls[..1])], Calls[..1], tolerance: BillTolerance.Parse(tolerance));
        Assert.Equal(["06-01 k1aa alpha " + outcome], BillCase.Lines(reconciliation));
    }

    private static string Evidence(BillReconciliation reconciliation) =>
        string.Join(' ', reconciliation.Cells.First(pair => pair.Finding.Outcome != BillOutcome.Matched).Finding.Evidence);
}
