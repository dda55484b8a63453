using System.Text.Json;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Demo;

/// <summary>What the intake answered, added up over batches.</summary>
/// <param name="Cost">Of calls that this run added.</param>
internal sealed record DemoTally(int Accepted = 0, int Duplicates = 0, int Unpriced = 0, int Refused = 0, Money Cost = default, string? FirstRefusal = null)
{
    public DemoTally Add(JsonElement answer)
    {
        var results = answer.GetProperty("results").EnumerateArray().ToList();
        return new DemoTally(
            Accepted + answer.GetProperty("accepted").GetInt32(),
            Duplicates + answer.GetProperty("duplicates").GetInt32(),
            Unpriced + answer.GetProperty("unpriced").GetInt32(),
            Refused + answer.GetProperty("refused").GetInt32(),
            results.Where(result => result.Text("outcome") == "accepted").Aggregate(Cost, (sum, result) => sum + (result.Amount("cost") ?? Money.Zero)),
            FirstRefusal ?? results.Where(result => result.Text("outcome") is "invalid" or "unknown_team").Select(result => result.Text("message")).FirstOrDefault());
    }
}
