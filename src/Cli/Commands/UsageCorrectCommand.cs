using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage correct RECORD</c>: takes tokens of a record back, or adds some.</summary>
internal static class UsageCorrectCommand
{
    private const string NothingChanged = "These tokens change nothing: give a number that is not 0.";

    /// <summary>Kinds of tokens as a record names them.</summary>
    private static readonly string[] Kinds = ["input", "cached_input", "cache_write", "cache_write_1h", "output", "reasoning"];

    public static Command Create(KtEnvironment environment)
    {
        var id = new Argument<string>("record") { Description = "UUID of the record (kt usage list -o json)." };
        var all = new Option<bool>("--all") { Description = "All that is left of it after earlier corrections: its tokens, the call and a fee for it. Nothing can be corrected in it then." };
        var tokens = Kinds.ToDictionary(
            kind => kind, kind => new Option<long>($"--{kind.Replace('_', '-')}-tokens") { Description = $"Tokens of kind {kind} to add; negative ones take back." });
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        var command = new Command(
            "correct", "Take tokens of a record back, or add some: at the record's price, in the wallet that it was charged to, never more than it has cost. Needs billing_admin.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var detail = await api.GetAsync($"v1/usage/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                var record = detail.RootElement.GetProperty("record");
                var change = parsed.GetValue(all)
                    ? Kinds.ToDictionary(kind => kind, kind => -detail.RootElement.GetProperty("net_tokens").GetProperty(kind).GetInt64())
                    : Kinds.ToDictionary(kind => kind, kind => parsed.GetValue(tokens[kind]));
                var requests = parsed.GetValue(all) ? -detail.RootElement.GetProperty("net_requests").GetInt64() : 0;
                if (requests == 0 && change.Values.All(value => value == 0))
                {
                    throw new KtError(ExitCodes.Usage, parsed.GetValue(all) ? "Nothing is left of this record: corrections have taken all of it back." : NothingChanged);
                }

                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, "v1/spend/log", body => Write(body, record.Text("record_id"), change, requests), cancellation);
                var result = answer.RootElement.GetProperty("results")[0];
                environment.Answer(
                    parsed.GetValue(output), answer,
                    $"{(result.Text("outcome") == "duplicate" ? "Corrected before" : "Corrected")} {(result.Amount("cost") is null ? "without a price, as the record is" : $"by {UsageCommand.Cost(result)} {record.Text("currency")}")}: record {result.Text("record_id")}.");
                return ExitCodes.Ok;
            },
            [id, all, .. tokens.Values, repeatable.Option, output]);
        command.Validators.Add(result =>
        {
            var given = tokens.Values.Where(option => result.GetResult(option) is { Implicit: false }).ToList();
            if (result.GetValue(all) == given.Count > 0)
            {
                result.AddError("Say what to correct: --all, or tokens by kind, such as --output-tokens -100.");
            }
            else if (!result.GetValue(all) && given.TrueForAll(option => result.GetResult(option)!.Tokens is [{ Value: "0" }]))
            {
                result.AddError(NothingChanged);
            }
        });
        return command;
    }

    private static void Write(Utf8JsonWriter body, string recordId, Dictionary<string, long> change, long requests)
    {
        body.WriteString("source", "kt");
        body.WriteString("corrects_record_id", recordId);
        foreach (var (kind, count) in change)
        {
            body.WriteNumber($"{kind}_tokens", count);
        }

        if (requests != 0)
        {
            body.WriteNumber("requests", requests);
        }
    }
}
