using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes diff -f FILE</c>, or <c>kt routes diff A [B]</c>.</summary>
internal static class RoutesDiffCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var from = new Argument<long?>("from") { Description = "A version.", Arity = ArgumentArity.ZeroOrOne };
        var to = new Argument<long?>("to") { Description = "Another version; the one in force when absent.", Arity = ArgumentArity.ZeroOrOne };
        var file = RoutesApplyCommand.File();
        file.Required = false;
        var output = CommonOptions.Output();
        return new Command("diff", "What a document would change, or what one version says against another. Exit code 1 when they differ, 2 when the document is wrong.").Does(
            (parsed, cancellation) => Comparison.RunAsync(() => RunAsync(parsed, cancellation)),
            from, to, file, output);

        async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
        {
            var (path, first) = (parsed.GetValue(file), parsed.GetValue(from));
            if (path is null == first is null)
            {
                throw new KtError(ExitCodes.Usage, "Give a document (-f FILE) or versions (kt routes diff 3 5), and not both.");
            }

            using var api = environment.Connect();
            using var answer = path is not null
                ? await api.PutAsync(
                    "v1/routes", body => RoutesApplyCommand.Write(body, RoutesApplyCommand.ReadPolicy(path), dryRun: true, null, null), cancellation)
                : await api.GetAsync(Query.Path("v1/routes/diff", ("from", Text(first)), ("to", Text(parsed.GetValue(to)))), cancellation);
            var changed = path is not null ? answer.RootElement.GetProperty("version") : answer.RootElement;
            var printer = environment.Printer(parsed.GetValue(output));
            printer.Show(answer.RootElement, () => RoutesCommand.PrintChanges(printer, changed));

            return changed.GetProperty("changes").GetArrayLength() > 0 ? ExitCodes.Failed : ExitCodes.Ok;
        }
    }

    private static string? Text(long? version) => version?.ToString(CultureInfo.InvariantCulture);
}
