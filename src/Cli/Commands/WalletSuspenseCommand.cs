using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets suspense list|settle|release</c>: attempts that were sent and whose usage is unknown, and leases of holders that went silent.</summary>
internal static class WalletSuspenseCommand
{
    private static readonly string[] Columns = ["what", "id", "team", "model or holder", ">in suspense", "since", "reason"];

    public static Command Create(KtEnvironment environment) =>
        new("suspense", "Attempts and leases whose usage is unknown.") { List(environment), Settle(environment), Release(environment) };

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var output = CommonOptions.Output();
        return new Command("list", "What waits for a decision, the oldest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var items = new List<JsonElement>();
                await using (var stream = await api.OpenAsync("v1/reconciliation/open-holds", cancellation))
                {
                    await foreach (var hold in Ndjson.ReadAsync(stream, cancellation))
                    {
                        Add(hold);
                    }
                }

                using var leases = await api.GetAsync("v1/wallets/leases", cancellation);
                foreach (var lease in leases.RootElement.GetProperty("leases").EnumerateArray())
                {
                    Add(lease);
                }

                JsonElement[] suspended = [.. items.OrderBy(item => item.Moment(Since(item)))];
                var printer = environment.Printer(parsed.GetValue(output));
                using var answer = JsonDocument.Parse(new JsonArray([.. suspended.Select(item => JsonObject.Create(item))]).ToJsonString());
                printer.Show(answer.RootElement, () => printer.List(Columns, suspended.Select(Row), Total(suspended)));
                return ExitCodes.Ok;

                void Add(JsonElement item)
                {
                    if (item.Text("state") == "suspended" && (parsed.GetValue(team) is not { } only || item.Text("team_id") == only))
                    {
                        items.Add(item.Clone());
                    }
                }
            },
            team, output);
    }

    private static bool IsAttempt(JsonElement item) => item.TryGetProperty("attempt_id", out _);

    private static string Since(JsonElement item) => IsAttempt(item) ? "occurred_at" : "suspended_at";

    private static IReadOnlyList<string> Total(JsonElement[] items) =>
        [string.Create(CultureInfo.InvariantCulture, $"{items.Length:N0} in all"), "", "", "", items.Aggregate(Money.Zero, (sum, item) => sum + (item.Amount("reserved") ?? Money.Zero)).ToExactString(), "", ""];

    private static IReadOnlyList<string> Row(JsonElement item)
    {
        var isAttempt = IsAttempt(item);
        return
        [
            isAttempt ? "attempt" : "lease", item.Text(isAttempt ? "attempt_id" : "lease_id"), item.Text("team_id"), item.Text(isAttempt ? "model" : "holder"), item.Exact("reserved"),
            item.Time(Since(item)), item.Text("reason"),
        ];
    }

    private static Command Release(KtEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "The attempt's or the lease's UUID." };
        var description = CommonOptions.Required("--description", "Why; kept with the transfer.");
        var output = CommonOptions.Output();
        return new Command("release", "Give back all that is left of it; usage that is recorded later is taken from what the wallet has available.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"v1/wallets/suspense/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/release",
                    body => body.WriteString("description", parsed.GetRequiredValue(description)),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Facts([("wallet", answer.RootElement.Text("wallet_id")), ("released", answer.RootElement.Exact("released"))]));

                return ExitCodes.Ok;
            },
            id, description, output);
    }

    private static Command Settle(KtEnvironment environment)
    {
        var attempt = new Argument<string>("attempt") { Description = "The attempt's UUID." };
        var input = NumberOption.RequiredCount("--input-tokens", "Billed input without what a cache served or took; 0 when the attempt was not billed.");
        var cached = NumberOption.Count("--cached-input-tokens", "Billed input that a cache served.");
        var written = NumberOption.Count("--cache-write-tokens", "Billed input that was written to a cache for minutes.");
        var writtenHour = NumberOption.Count("--cache-write-hour-tokens", "Billed input that was written to a cache for an hour.");
        var answered = NumberOption.RequiredCount("--output-tokens", "Billed output; 0 when the attempt was not billed.");
        var reasoning = NumberOption.Count("--reasoning-tokens", "Billed reasoning, where it is billed apart.");
        var tier = CommonOptions.Text("--tier", "The service tier that was billed (standard, flex, priority, …); else the price that the attempt was sent at.");
        var description = CommonOptions.Text("--description", "Why: the bill's number, for example.");
        var lease = CommonOptions.Text("--lease", "The lease in suspense that the attempt was drawn from, where the attempt itself is not listed.");
        var provider = CommonOptions.Text("--provider", "With --lease: whose bill it is.");
        var model = CommonOptions.Text("--model", "With --lease: the model that was billed.");
        var occurred = DateOption.Moment("--occurred-at", "With --lease: when it was sent, for example 2026-06-01T13:00:00Z; else when the lease was made.");
        var output = CommonOptions.Output();
        return new Command("settle", "Record the attempt's usage from the provider's bill; the rest of its hold returns.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"v1/wallets/suspense/{Uri.EscapeDataString(parsed.GetRequiredValue(attempt))}/settle",
                    body =>
                    {
                        body.WriteNumber("input_tokens", parsed.GetValue(input));
                        body.WriteNumber("cached_input_tokens", parsed.GetValue(cached) ?? 0);
                        body.WriteNumber("cache_write_tokens", parsed.GetValue(written) ?? 0);
                        body.WriteNumber("cache_write_hour_tokens", parsed.GetValue(writtenHour) ?? 0);
                        body.WriteNumber("output_tokens", parsed.GetValue(answered));
                        body.WriteNumber("reasoning_tokens", parsed.GetValue(reasoning) ?? 0);
                        body.WriteOptional("service_tier", parsed.GetValue(tier));
                        body.WriteOptional("description", parsed.GetValue(description));
                        body.WriteOptional("lease_id", parsed.GetValue(lease));
                        body.WriteOptional("provider", parsed.GetValue(provider));
                        body.WriteOptional("model", parsed.GetValue(model));
                        body.WriteOptional("occurred_at", parsed.GetValue(occurred));
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Facts([("record", answer.RootElement.Text("record_id")), ("outcome", answer.RootElement.Text("outcome")), ("cost", answer.RootElement.Exact("cost"))]));
                if (answer.RootElement.Text("message") is not { Length: > 0 } message)
                {
                    return ExitCodes.Ok;
                }

                environment.Error.WriteLine(message);
                return answer.RootElement.Text("outcome") == "duplicate" ? ExitCodes.Failed : ExitCodes.Ok;
            },
            attempt, input, cached, written, writtenHour, answered, reasoning, tier, description, lease, provider, model, occurred, output);
    }
}
