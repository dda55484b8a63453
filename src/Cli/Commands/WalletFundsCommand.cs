using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets credit|allocate|reclaim|transfer|correct</c>: money moved by people.</summary>
internal static class WalletFundsCommand
{
    public static Command Credit(KtEnvironment environment)
    {
        var amount = new AmountOptions("How much, for example 10000.00.");
        var reference = CommonOptions.Text("--reference", "Where the money comes from: a purchase order, an invoice.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("credit", "Bring money from outside into the organisation's wallet.").Does(
            (parsed, cancellation) => MoveAsync(
                environment, parsed, repeatable, output, "v1/wallets/credit", amount.Currency,
                (body, currency) =>
                {
                    amount.Write(parsed, body, currency);
                    body.WriteOptional("reference", parsed.GetValue(reference));
                },
                cancellation),
            amount.Amount, amount.Currency, amount.Description, reference, repeatable.Option, output);
    }

    public static Command Allocate(KtEnvironment environment)
    {
        var owner = new OwnerOptions("The team that gets the money.");
        var amount = new AmountOptions("How much, for example 1500.00.");
        var period = new PeriodOptions();
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("allocate", "Move money down: from the organisation to a team, or from a team to one of its users or applications.").Does(
            (parsed, cancellation) => MoveAsync(
                environment, parsed, repeatable, output, "v1/wallets/allocate", amount.Currency,
                (body, currency) =>
                {
                    owner.Write(parsed, body);
                    amount.Write(parsed, body, currency);
                    period.Write(parsed, body);
                },
                cancellation),
            owner.Team, owner.User, owner.Application, amount.Amount, amount.Currency, amount.Description, period.EndsAt, period.AtEnd, period.TimeZone, repeatable.Option, output);
    }

    public static Command Reclaim(KtEnvironment environment)
    {
        var owner = new OwnerOptions("The team that gives money back, or whose user or application does.");
        var amount = new AmountOptions("How much, at most what is available.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("reclaim", "Move money back up: from a team to the organisation, or from a user or application to its team.").Does(
            (parsed, cancellation) => MoveAsync(
                environment, parsed, repeatable, output, "v1/wallets/reclaim", amount.Currency,
                (body, currency) =>
                {
                    owner.Write(parsed, body);
                    amount.Write(parsed, body, currency);
                },
                cancellation),
            owner.Team, owner.User, owner.Application, amount.Amount, amount.Currency, amount.Description, repeatable.Option, output);
    }

    public static Command Transfer(KtEnvironment environment)
    {
        var from = CommonOptions.Required("--from", "The wallet that gives: its id, or a team's.");
        var to = CommonOptions.Required("--to", "The wallet that gets: its id, or a team's.");
        var amount = new AmountOptions("How much, at most what is available.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("transfer", "Move money between two wallets of which neither is above the other.").Does(
            (parsed, cancellation) => MoveAsync(
                environment, parsed, repeatable, output, "v1/wallets/transfer", amount.Currency,
                (body, currency) =>
                {
                    body.WriteString("from_wallet_id", WalletArguments.Id(parsed.GetRequiredValue(from)));
                    body.WriteString("to_wallet_id", WalletArguments.Id(parsed.GetRequiredValue(to)));
                    amount.Write(parsed, body, currency);
                },
                cancellation),
            from, to, amount.Amount, amount.Currency, amount.Description, repeatable.Option, output);
    }

    public static Command Correct(KtEnvironment environment)
    {
        var transfer = new Argument<string>("transfer") { Description = "The id of the transfer to take back (kt wallets transactions -o json)." };
        var description = CommonOptions.Text("--description", "Why.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("correct", "Take an earlier credit, allocation, reclaim or transfer back, whole and once.").Does(
            (parsed, cancellation) => MoveAsync(
                environment, parsed, repeatable, output, "v1/wallets/correct", null,
                (body, _) =>
                {
                    body.WriteString("transfer_id", parsed.GetRequiredValue(transfer));
                    body.WriteOptional("description", parsed.GetValue(description));
                },
                cancellation),
            transfer, description, repeatable.Option, output);
    }

    /// <param name="currency">The option that names it; null where no amount is given.</param>
    /// <param name="write">Writes the body's fields; it is given the amount's currency.</param>
    private static async Task<int> MoveAsync(
        KtEnvironment environment, ParseResult parsed, RepeatableOption repeatable, Option<OutputFormat> output, string path, Option<string?>? currency,
        Action<Utf8JsonWriter, string> write, CancellationToken cancellation)
    {
        using var api = environment.Connect();
        var inCurrency = currency is null ? "" : await CurrencyOption.ReadAsync(parsed, currency, api, cancellation);
        using var answer = await repeatable.PostAsync(environment, api, parsed, path, body => write(body, inCurrency), cancellation);
        var printer = environment.Printer(parsed.GetValue(output));
        if (printer.IsJson)
        {
            printer.Json(answer.RootElement);
            return ExitCodes.Ok;
        }

        var transfer = answer.RootElement;
        printer.Facts(
        [
            ("wallet", transfer.Text("wallet_id")),
            (transfer.Text("kind"), $"{transfer.Exact("amount")} {transfer.Text("currency")}"),
            ("available", $"{transfer.Exact("balance_before")} → {transfer.Exact("balance_after")}"),
            ("transfer", transfer.Text("transfer_id")),
        ]);
        return ExitCodes.Ok;
    }
}

/// <summary><c>--ends-at</c>, <c>--at-end</c>, <c>--time-zone</c>: the end of an allocation's period.</summary>
internal sealed class PeriodOptions
{
    public Option<string?> EndsAt { get; } = DateOption.Moment("--ends-at", "The end of its period: a date (midnight in the time zone) or a time.");

    public Option<string?> AtEnd { get; } = ChoiceOption.Create("--at-end", "What happens to what is unspent then: return or roll_over. Required where there is an end.", "return", "roll_over");

    public Option<string?> TimeZone { get; } = CommonOptions.Text("--time-zone", "IANA name of the zone whose calendar is meant; UTC by default.");

    public void Write(ParseResult parsed, Utf8JsonWriter body)
    {
        body.WriteOptional("ends_at", parsed.GetValue(EndsAt));
        body.WriteOptional("at_end", parsed.GetValue(AtEnd));
        body.WriteOptional("time_zone", parsed.GetValue(TimeZone));
    }
}
