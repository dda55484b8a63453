using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

internal enum ReviewFormat
{
    Md,
    Html,
    Json,
}

/// <summary><c>kt review</c>: the week's review as a document.</summary>
internal static class ReviewCommand
{
    private static readonly string[] ListColumns = ["week", "made", ">spend", ">week before", ">recommendations"];

    public static Command Create(KtEnvironment environment)
    {
        var week = DateOption.Week("--week", "ISO 8601, such as 2026-W26. Default: the last week that is over.");
        var format = new Option<ReviewFormat>("--format") { Description = "md (the default), html (one page that needs nothing else) or json.", HelpName = CommonOptions.Choices<ReviewFormat>() };
        var output = CommonOptions.Text("--output", "Write it to this file rather than to the terminal.");
        output.Aliases.Add("-o");
        return new Command("review", "The week's review: what was spent and why, how the forecast did, what is at risk, what to do.") { List(environment) }.Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var review = await api.OpenAsync(
                    $"v1/reviews/{Uri.EscapeDataString(parsed.GetValue(week) is { Length: > 0 } named ? named : "latest")}", cancellation, MediaTypeOf(parsed.GetValue(format)));
                if (parsed.GetValue(output) is { Length: > 0 } path)
                {
                    // A review that breaks off leaves the one that was there.
                    using var draft = DraftFile.Create(path);
                    await review.CopyToAsync(draft.Writer.BaseStream, cancellation);
                    draft.Keep();
                    environment.Error.WriteLine($"Wrote {path}.");
                }
                else
                {
                    using var reader = new StreamReader(review);
                    var text = (await reader.ReadToEndAsync(cancellation)).TrimEnd();
                    environment.Out.WriteLine(parsed.GetValue(format) == ReviewFormat.Json ? text : PlainText.Of(text));
                }

                return ExitCodes.Ok;
            },
            week, format, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var limit = NumberOption.Create("--limit", "How many, 1 to 520.", 1, 520, 52);
        var output = CommonOptions.Output();
        return new Command("list", "Kept reviews, newest week first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/reviews", ("limit", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture))), cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(
                    answer.RootElement, ListColumns.In(answer.RootElement.Text("currency"), "spend", "week before"), "reviews",
                    row => [row.Text("week"), row.Time("made_at"), row.Rough("spend"), row.Rough("before"), row.Count("recommendations")]);
                var listed = answer.RootElement.GetProperty("reviews").GetArrayLength();
                if (answer.RootElement.TryGetProperty("reviews_total", out var total) && total.GetInt32() > listed)
                {
                    environment.Error.WriteLine($"{total.GetInt32() - listed:#,##0} older {(total.GetInt32() - listed == 1 ? "one is" : "ones are")} not shown: --limit shows up to 520, kt review --week has any.");
                }

                return ExitCodes.Ok;
            },
            limit, output);
    }

    private static string MediaTypeOf(ReviewFormat format) => format switch
    {
        ReviewFormat.Md => "text/markdown",
        ReviewFormat.Html => "text/html",
        ReviewFormat.Json => "application/json",
    };
}
