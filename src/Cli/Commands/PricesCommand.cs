using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt prices list</c>.</summary>
internal static class PricesCommand
{
    private static readonly string[] Columns = ["provider", "model", ">input", ">cached input", ">cache write", ">output", ">reasoning", "from", "source"];

    public static Command Create(KtEnvironment environment)
    {
        var at = CommonOptions.Text("--at", "Prices in force at this date or time; now when absent.");
        var output = CommonOptions.Output();
        var list = new Command("list", "Prices in force, a million tokens.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/model-pricing", ("at", parsed.GetValue(at))), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("prices").EnumerateArray().Select(price => (IReadOnlyList<string>)
                [
                    price.Text("provider"), price.Text("model"), price.Exact("input_per_million"), price.Exact("cached_input_per_million"),
                    price.Exact("cache_write_per_million"), price.Exact("output_per_million"), price.Exact("reasoning_per_million"),
                    price.Time("effective_from"), price.Text("source"),
                ]));
                return ExitCodes.Ok;
            },
            at, output);
        return new Command("prices", "The price book.") { list };
    }
}
