using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.ProviderFiles;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt import FILE --format openai-costs</c>: amounts without tokens, which nothing can be rated or forecast from. They are set beside what is metered of the same
/// days and models, whatever its funding, and nothing is kept: the price book stays the only figure.
/// </summary>
internal static class ImportCosts
{
    private static readonly string[] Columns = ["model", ">bill", ">metered", ">difference", ">%"];

    public static async Task<int> RunAsync(ApiClient api, KtEnvironment environment, string path, OutputFormat format, CancellationToken cancellation)
    {
        var lines = ProviderFile.Read([path]).Costs;
        if (lines.Count == 0)
        {
            throw new KtError(ExitCodes.Failed, $"'{path}' has no costs.");
        }

        var (first, last) = (lines.Min(line => DateOnly.FromDateTime(line.From.UtcDateTime)), lines.Max(line => DateOnly.FromDateTime(line.From.UtcDateTime)));
        using var spend = await api.GetAsync(
            Query.Path("v1/spend", ("from", Date(first)), ("to", Date(last.AddDays(1))), ("provider", "openai"), ("group_by", "model")), cancellation);
        var currency = spend.RootElement.Text("currency");
        if (lines.FirstOrDefault(line => line.Currency != currency) is { } foreign)
        {
            throw new KtError(ExitCodes.Failed, $"{foreign.Place}: the amount is in {foreign.Currency} and the organisation's currency is {currency}: they cannot be compared.");
        }

        var metered = spend.RootElement.GetProperty("rows").EnumerateArray().ToDictionary(row => row.Text("model"), row => row.Amount("cost") ?? Money.Zero);
        var printer = environment.Printer(format);
        var billed = lines.GroupBy(line => line.Model.Length > 0 ? line.Model : line.Item).ToDictionary(group => group.Key, group => Sum(group.Select(Rounded)));
        string[] models = [.. billed.Keys.Union(metered.Keys).OrderByDescending(model => billed.GetValueOrDefault(model).Nanos).ThenBy(model => model, StringComparer.Ordinal)];
        if (printer.IsJson)
        {
            using var document = Document(models, billed, metered, (first, last, currency));
            printer.Json(document.RootElement);
        }
        else
        {
            printer.Table(
                Columns, models.Select(model => Row(Output.Show.OrAll(model, "(not named)"), billed.GetValueOrDefault(model), metered.GetValueOrDefault(model))),
                Row("total", Sum(billed.Values), Sum(metered.Values)));
        }

        environment.Error.WriteLine(
            $"{Date(first)} to {Date(last)}, UTC, in {currency}. Nothing was kept: costs have no tokens. Import the same days' usage (--format openai-usage) for a history and a forecast; kt reconcile --provider openai compares day by day.");
        return ExitCodes.Ok;
    }

    private static JsonDocument Document(
        string[] models, Dictionary<string, Money> billed, Dictionary<string, Money> metered, (DateOnly First, DateOnly Last, string Currency) about)
    {
        using var stream = new MemoryStream();
        using (var body = new Utf8JsonWriter(stream))
        {
            body.WriteStartObject();
            body.WriteString("first_day", Date(about.First));
            body.WriteString("last_day", Date(about.Last));
            body.WriteString("currency", about.Currency);
            body.WriteStartArray("models");
            foreach (var model in models)
            {
                body.WriteStartObject();
                body.WriteString("model", model);
                body.WriteAmount("billed", billed.GetValueOrDefault(model));
                body.WriteAmount("metered", metered.GetValueOrDefault(model));
                body.WriteEndObject();
            }

            body.WriteEndArray();
            body.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray());
    }

    private static IReadOnlyList<string> Row(string model, Money billed, Money metered)
    {
        var difference = metered - billed;
        return
        [
            model, billed.ToExactString(), metered.ToExactString(), difference.ToExactString(),
            billed.Nanos == 0 ? "–" : (100m * difference.Nanos / billed.Nanos).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture),
        ];
    }

    // A bill's amounts may have more places than a nano-unit; here they are for the eye.
    private static Money Rounded(CostRow line) => Money.TryFromDecimal(decimal.Round(line.Amount, Money.DecimalPlaces, MidpointRounding.ToEven), out var money)
        ? money : throw new KtError(ExitCodes.Failed, $"{line.Place}: the amount {line.Amount} is out of range.");

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, amount) => sum + amount);

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
