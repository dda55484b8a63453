using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt wallets policy|freeze|unfreeze WALLET</c>: what a wallet's owner decides about it; and <c>freeze|unfreeze --team TEAM|--key KEY</c>, which stops whoever would be
/// charged instead.
/// </summary>
internal static class WalletPolicyCommand
{
    public static Command CreatePolicy(KtEnvironment environment)
    {
        var wallet = Wallet();
        var observe = SwitchOption.Create("--observe", "on: would-be refusals are recorded instead of refused. Outside the ceiling: for onboarding only.");
        var overflow = SwitchOption.Create("--overflow-to-parent", "on: calls that the wallet cannot cover are charged to the organisation, and marked.");
        var wait = NumberOption.Optional("--empty-wait-seconds", "How long a call waits for funds before it is refused, 0 to 60.", 0, 60);
        var levels = PercentsOption.Create(
            "--low-percents", "Low-balance levels in percent of what was left when money last came in, comma-separated, at most 5; 'none' for none.");
        var output = CommonOptions.Output();
        return new Command("policy", "Change what happens in a wallet that runs low or empty.").Does(
            (parsed, cancellation) => SendAsync(
                environment, HttpMethod.Patch, parsed.GetRequiredValue(wallet), "policy", parsed.GetValue(output),
                body =>
                {
                    body.WriteSwitch("observe", parsed.GetValue(observe));
                    body.WriteSwitch("overflow_to_parent", parsed.GetValue(overflow));
                    if (parsed.GetValue(wait) is { } seconds)
                    {
                        body.WriteNumber("empty_wait_seconds", seconds);
                    }

                    body.WritePercents("low_percents", parsed, levels);
                },
                cancellation),
            wallet, observe, overflow, wait, levels, output).RequireChange("kt wallets show WALLET", observe, overflow, wait, levels);
    }

    public static Command CreateFreeze(KtEnvironment environment) =>
        Freezing(
            environment, "freeze", "frozen: its calls are refused.",
            "Stop a wallet, a team or a key, everywhere within two seconds: what is charged to that one wallet, or all calls of that team or key, is refused until it is unfrozen.");

    public static Command CreateUnfreeze(KtEnvironment environment) => Freezing(
        environment, "unfreeze", "not frozen any more: its calls are served.", "Let calls be charged to a wallet again, or a team or a key call.");

    private static Command Freezing(KtEnvironment environment, string name, string done, string what)
    {
        var wallet = Wallet();
        wallet.Arity = ArgumentArity.ZeroOrOne;
        var team = CommonOptions.Text("--team", "Instead of a wallet: all calls of this team's keys, whatever wallet they are charged to.");
        var key = CommonOptions.Text("--key", "Instead of a wallet: all calls of this key (key_…).");
        var description = CommonOptions.Text("--description", "Why, for the audit log; of a wallet.");
        var output = CommonOptions.Output();
        var command = new Command(name, what).Does(
            (parsed, cancellation) => (parsed.GetValue(team), parsed.GetValue(key)) switch
            {
                ({ } id, _) => StopAsync(environment, $"v1/teams/{Uri.EscapeDataString(id)}/{name}", "team_id", done, parsed.GetValue(output), cancellation),
                (_, { } id) => StopAsync(environment, $"v1/keys/{Uri.EscapeDataString(id)}/{name}", "key_id", done, parsed.GetValue(output), cancellation),
                _ => SendAsync(
                    environment, HttpMethod.Post, parsed.GetRequiredValue(wallet), name, parsed.GetValue(output),
                    body => body.WriteOptional("description", parsed.GetValue(description)), cancellation),
            },
            wallet, team, key, description, output);
        command.Validators.Add(result =>
        {
            string?[] named = [result.GetValue(wallet), result.GetValue(team), result.GetValue(key)];
            if (named.Count(one => one is not null) != 1)
            {
                result.AddError($"Say what to {name}: a WALLET, --team TEAM or --key KEY, one of them.");
            }
            else if (named[0] is { } text && text.StartsWith("key_", StringComparison.Ordinal))
            {
                result.AddError($"'{text}' is a key, not a wallet: kt wallets {name} --key {text}");
            }
            else if (named[0] is null && result.GetValue(description) is not null)
            {
                result.AddError("--description is kept of a wallet alone; the audit log says of a team or a key who did it and when.");
            }
        });
        return command;
    }

    /// <summary>A team's or a key's calls are refused, or served again: the routes that <c>kt teams freeze</c> and <c>kt auth token freeze</c> ask too.</summary>
    private static async Task<int> StopAsync(
        KtEnvironment environment, string path, string idName, string done, OutputFormat format, CancellationToken cancellation)
    {
        using var api = environment.Connect();
        using var answer = await api.PostAsync(path, null, cancellation);
        environment.Answer(format, answer, $"{answer.RootElement.Text(idName)} is {done}");
        return ExitCodes.Ok;
    }

    private static async Task<int> SendAsync(
        KtEnvironment environment, HttpMethod method, string wallet, string action, OutputFormat format, Action<Utf8JsonWriter> write,
        CancellationToken cancellation)
    {
        using var api = environment.Connect();
        var id = wallet.StartsWith("wal_", StringComparison.Ordinal) ? wallet : "wal_" + wallet;
        var path = $"v1/wallets/{Uri.EscapeDataString(id)}/{action}";
        using var answer = await (method == HttpMethod.Patch ? api.PatchAsync(path, write, cancellation) : api.PostAsync(path, write, cancellation));
        var printer = environment.Printer(format);
        var policy = answer.RootElement;
        if (printer.IsJson)
        {
            printer.Json(policy);
            return ExitCodes.Ok;
        }

        printer.Facts(
        [
            ("wallet", policy.Text("wallet_id")), ("frozen", Word(policy, "frozen", "FROZEN")), ("observe", Word(policy, "observe", "OBSERVES ONLY")),
            .. WhenLow(policy),
        ]);
        if (action == "freeze")
        {
            environment.Error.WriteLine(WhatGoesOn(policy.Text("wallet_id")));
        }

        return ExitCodes.Ok;
    }

    /// <summary>What happens in a wallet that runs low or empty.</summary>
    internal static (string Name, string Value)[] WhenLow(JsonElement policy) =>
    [
        ("overflow to parent", Word(policy, "overflow_to_parent", "on")),
        ("waits when empty", $"{policy.Count("empty_wait_seconds")} s"),
        ("low at", string.Join(", ", policy.GetProperty("low_percents").EnumerateArray().Select(level => $"{level} %").DefaultIfEmpty("none"))),
    ];

    /// <summary>Who stops a team's or the organisation's wallet may expect that those below it stop too.</summary>
    private static string WhatGoesOn(string walletId) =>
        walletId == "wal_organisation" ? "Only this wallet is frozen: teams go on with what their own wallets have. kt wallets freeze --team TEAM stops a team."
        : walletId.Contains(".user.", StringComparison.Ordinal) || walletId.Contains(".app.", StringComparison.Ordinal)
            ? "Only this wallet is frozen: what is charged to others goes on. kt wallets freeze --key KEY stops a key."
        : $"Only this wallet is frozen: wallets of the team's users and applications go on, and so do its keys with them. kt wallets freeze --team {walletId["wal_".Length..]} stops all calls of the team.";

    private static Argument<string> Wallet() => new("wallet") { Description = "wal_organisation, wal_TEAM, another wallet's id, or a team's id." };

    private static string Word(JsonElement policy, string name, string on) => policy.GetProperty(name).GetBoolean() ? on : "no";
}
