using System.Net;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>What people decide about wallets with kt, as calls at the gateway feel it: the money is in a lease when they decide.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class ControlsTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cap_and_a_freeze_stop_calls_within_two_seconds_and_let_them_pass_again()
    {
        using var client = await Seed.FundedTeamAsync(shared.Platform, "team_controls", Cancel);
        await UntilAsync(client, HttpStatusCode.OK, null);
        var cap = "";
        var made = await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change(
                "a cap", async () => cap = (string)(await KtJsonAsync("caps", "set", "--team", "team_controls", "--period", "month", "--amount", "0.000001"))["cap_id"]!,
                () => UntilAsync(client, HttpStatusCode.PaymentRequired, "cap_reached")),
            new Change("the end of a cap", RemoveCapAsync, () => UntilAsync(client, HttpStatusCode.OK, null)),
            new Change(
                "a frozen wallet", () => KtAsync("wallets", "freeze", "team_controls", "--description", "runaway agent"),
                () => UntilAsync(client, HttpStatusCode.Forbidden, "wallet_frozen")),
            new Change("a wallet that is frozen no more", () => KtAsync("wallets", "unfreeze", "team_controls"), () => UntilAsync(client, HttpStatusCode.OK, null)));

        string[] once =
        [
            "cap of team team_controls is 0.000001 USD a month", "cap of team team_controls of 0.000001 USD a month was removed", "wallet wal_team_controls was frozen: runaway agent",
            "wallet wal_team_controls was unfrozen",
        ];
        var expected = Enumerable.Repeat(once, made).SelectMany(told => told).ToArray();
        await Eventually.TrueAsync(
            async () => Told(await KtJsonAsync("forecast", "controls", "--team", "team_controls"), "team_controls").SequenceEqual(expected), TimeSpan.FromSeconds(30), "what Forecast heard of the controls");

        await KtAsync("wallets", "verify");
        var audit = await KtJsonAsync("audit", "list", "--subject", "wal_team_controls");
        Assert.Equal(["wallet.unfreeze", "wallet.freeze"], audit["records"]!.AsArray().Select(record => (string)record!["action"]!).Take(2));
        Assert.Equal(Enumerable.Repeat<string[]>(["cap.remove", "cap.set"], made).SelectMany(changes => changes), (await KtJsonAsync("audit", "list", "--subject", cap))["records"]!.AsArray().Select(record => (string)record!["action"]!));

        async Task RemoveCapAsync()
        {
            var listed = (await KtJsonAsync("caps", "list", "--team", "team_controls"))["caps"]!.AsArray().Single()!;
            Assert.Equal((cap, 0.000001m), ((string)listed["cap_id"]!, (decimal)listed["amount"]!));
            Assert.InRange((decimal)listed["used"]!, 0m, 0.000001m);
            await KtAsync("caps", "remove", cap);
        }
    }

    /// <summary>Each by itself, in the order in which they were made, whatever order they were heard of in.</summary>
    private static string[] Told(JsonNode controls, string team) => [.. controls["controls"]!.AsArray()
        .Where(control => (string)control!["team_id"]! == team && (string)control["kind"]! is "cap" or "freeze" or "wallet_policy")
        .Select(control => (string)control!["summary"]!).Reverse()];

    private static async Task UntilAsync(HttpClient client, HttpStatusCode status, string? code)
    {
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var (answered, body, _) = await Chat.CallAsync(client, Cancel);
                last = $"{(int)answered} {body}";
                return answered == status && (code is null || (string?)JsonNode.Parse(body)!["error"]!["code"] == code);
            },
            Promise.Patience, () => $"{(int)status} {code}; the last answer was {last}");
    }

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
