using System.Text.Json;
using Platform.Cli.Reconcile;

namespace Platform.Cli.Tests;

public sealed class UnpricedRecordsTests
{
    /// <summary>A row: attempt, record, what it corrects, source, cost, requests.</summary>
    [Theory]
    [InlineData(1, "a r1 - api null 1")]
    [InlineData(0, "a r1 - api 5 1")]
    [InlineData(0, "a p1 r1 pricing 5 0", "a r1 - api null 1")] // In whatever order an attempt's records come.
    [InlineData(1, "a r1 - api null 1", "a p1 c1 pricing -2 0", "a c1 r1 kt null 0")] // The correction has its price, the record has none.
    [InlineData(2, "a r1 - api null 1", "a c1 r1 kt null 0")]
    [InlineData(0, "a r1 - api null 1", "a c1 r1 kt null 0", "a c2 r1 kt null -1")] // Taken back whole, with what corrected it before.
    [InlineData(0, "a r1 - import:csv null 7", "a u1 r1 import:/undo null -7")]
    [InlineData(1, "a r1 - api null 1", "a c2 r1 kt null -1", "b r2 - api null 1")]
    public void Record_waits_for_a_price_until_one_comes_or_it_is_taken_back(int expected, params string[] rows)
    {
        var unpriced = new UnpricedRecords<string>();
        foreach (var row in rows.Select(row => row.Split(' ')))
        {
            using var record = JsonDocument.Parse($$"""
                {"attempt_id":"{{row[0]}}","record_id":"{{row[1]}}","corrects_record_id":"{{row[2].TrimStart('-')}}","source":"{{row[3]}}","cost":{{row[4]}},"requests":{{row[5]}}}
                """);
            unpriced.Add(record.RootElement, row[1]);
        }

        Assert.Equal(expected, unpriced.Close().Count);
    }
}
