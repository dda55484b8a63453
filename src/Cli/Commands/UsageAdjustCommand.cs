using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage adjust</c>: money without tokens, such as a provider's credit note.</summary>
internal static class UsageAdjustCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = new Option<string>("--team") { Description = "The team that it is of. Divide what is of several.", Required = true };
        var provider = new Option<string>("--provider") { Description = "Who gives it back or charges it.", Required = true };
        var amount = AmountOption.Signed("--amount", "In the organisation's currency: negative for what is given back, such as -12.50, positive for what is charged.");
        var reference = new Option<string>("--reference") { Description = "The credit note, invoice or ticket. The same one of a provider, team, model, user, application, provider key, --history and --occurred is recorded once.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why, in your words.", Required = true };
        var model = CommonOptions.Text("--model", "The model that it is of, or the item as the bill names it, which kt reconcile compares it with. Default: none.");
        var occurred = DateOption.Moment("--occurred", "When it counts, such as 2026-06-30. Default: now. In a closed month it is booked in the next open one.");
        var user = CommonOptions.Text("--user", "The user whose wallet was charged.");
        var application = CommonOptions.Text("--application", "The application whose wallet was charged.");
        var key = CommonOptions.Text("--upstream-key", "The provider key that it is of, as its bill names it.");
        var history = new Option<bool>("--history") { Description = "Of imported usage, which touches no wallet." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be recorded, or why it would be refused." };
        var output = CommonOptions.Output();
        return new Command(
            "adjust", "Record money without tokens: a credit note, a service credit, a rebate, or what a provider charges afterwards. The wallet gets or pays it. Needs billing_admin.").Does(
            async (parsed, cancellation) =>
            {
                // All that tells two parts of one credit note apart; when only where it is said, since a repeat is told later.
                var eventId = string.Join(
                    '/', parsed.GetRequiredValue(provider), parsed.GetRequiredValue(reference), parsed.GetRequiredValue(team), parsed.GetValue(model) ?? "", parsed.GetValue(user) ?? "",
                    parsed.GetValue(application) ?? "", parsed.GetValue(key) ?? "", parsed.GetValue(history) ? "history" : "", TimeOption.Read(parsed, occurred) ?? "");
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/spend/log",
                    body =>
                    {
                        if (parsed.GetValue(dryRun))
                        {
                            body.WriteBoolean("dry_run", true);
                        }

                        body.WriteString("source", "kt/adjust");
                        body.WriteString("event_id", eventId);
                        body.WriteString("team_id", parsed.GetRequiredValue(team));
                        body.WriteString("provider", parsed.GetRequiredValue(provider));
                        body.WriteOptional("model", parsed.GetValue(model));
                        body.WriteOptional("user_id", parsed.GetValue(user));
                        body.WriteOptional("application_id", parsed.GetValue(application));
                        body.WriteOptional("upstream_key", parsed.GetValue(key));
                        body.WriteOptional("occurred_at", TimeOption.Read(parsed, occurred));
                        body.WriteString("funding", parsed.GetValue(history) ? "history" : "external");
                        body.WriteAmount("adjustment", parsed.GetValue(amount));
                        body.WriteStartObject("tags");
                        body.WriteString(AdjustmentTags.Reference, parsed.GetRequiredValue(reference));
                        body.WriteString(AdjustmentTags.Reason, parsed.GetRequiredValue(reason));
                        body.WriteEndObject();
                    },
                    cancellation);
                var result = answer.RootElement.GetProperty("results")[0];
                environment.Answer(
                    parsed.GetValue(output), answer,
                    $"{Became(result, parsed.GetValue(dryRun))}: {UsageCommand.Cost(result)}, record {result.Text("record_id")}. {result.Text("message")}".TrimEnd());
                return result.Text("outcome") == "duplicate" && result.Text("message").Length > 0 ? ExitCodes.Failed : ExitCodes.Ok;
            },
            [team, provider, amount, reference, reason, model, occurred, user, application, key, history, dryRun, output]);
    }

    private static string Became(JsonElement result, bool isDryRun) =>
        result.Text("outcome") == "duplicate" ? "Recorded before" : isDryRun ? "Would be recorded" : "Recorded";
}
