using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Platform.Cli;

/// <summary>One command line for each command, below its help: something to change rather than to make up.</summary>
internal static class Examples
{
    private const string Id = "01a20b39-b2ec-7253-bed3-97a55ee36b51";

    private static readonly string[] Keys =
    [
        "create --name support-bot --team team_support --model gpt-4o-mini --monthly-limit 50",
        "rotate key_01a20b39b2ec7253bed397a55ee36b51 --overlap 7d",
        "allow key_01a20b39b2ec7253bed397a55ee36b51 --model gpt-4o-mini --lane standard",
        "list --team team_support",
        "freeze key_01a20b39b2ec7253bed397a55ee36b51",
        "unfreeze key_01a20b39b2ec7253bed397a55ee36b51",
        "revoke key_01a20b39b2ec7253bed397a55ee36b51",
    ];

    /// <summary>Each begins with the words of its command.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "kt init --url http://127.0.0.1:5160 --token -",
        "kt config show",
        "kt auth login",
        "kt auth logout",
        "kt auth whoami",
        .. Keys.Select(key => $"kt auth token {key}"),
        .. Keys.Select(key => $"kt keys {key}"),
        "kt spend --by team,model --since 30d",
        "kt usage list --team team_support --from 2026-06-01 --limit 20",
        $"kt usage show {Id}",
        "kt usage tail --team team_support",
        $"kt usage correct {Id} --output-tokens -120",
        "kt usage adjust --team team_support --provider openai --amount -12.50 --reference CN-2026-017 --reason \"service credit for June\" --dry-run",
        "kt usage republish --since 2026-06-15T12:00:00Z",
        "kt events list --team team_support",
        "kt events tail",
        "kt demand --by team,reason --since 7d",
        "kt periods list",
        "kt periods close 2026-05",
        "kt workloads rules list",
        "kt workloads rules set nightly --workload batch --application reports",
        "kt workloads rules preview nightly --workload batch --application reports --since 30d",
        "kt workloads rules remove nightly",
        "kt waste --since 7d --team team_support",
        "kt wallets list",
        "kt wallets show team_support",
        "kt wallets create --team team_support --user ann",
        "kt wallets credit --amount 1000 --description \"June's budget\" --reference PO-4711",
        "kt wallets allocate --team team_support --amount 150 --description \"June\"",
        "kt wallets reclaim --team team_support --amount 25",
        "kt wallets transfer --from wal_team_support --to wal_team_search --amount 25",
        $"kt wallets correct {Id} --description \"wrong team\"",
        "kt wallets allocations plan --team team_support --amount 150 --monthly --at-end return",
        "kt wallets allocations list --wallet team_support",
        $"kt wallets allocations cancel {Id}",
        "kt wallets transactions team_support --kind allocation,reclaim --limit 20",
        "kt wallets statement team_support --period 2026-06",
        "kt wallets policy team_support --low-percents 20,10",
        "kt wallets freeze team_support --description \"runaway job\"",
        "kt wallets unfreeze team_support",
        "kt wallets verify",
        "kt wallets suspense list",
        $"kt wallets suspense settle {Id} --input-tokens 1200 --output-tokens 300",
        $"kt wallets suspense release {Id} --description \"the provider did not bill it\"",
        "kt caps set --team team_support --period day --amount 20",
        "kt caps list --team team_support",
        "kt caps remove cap_01a20b39b2ec7253bed397a55ee36b51",
        "kt budgets set support-june --team team_support --period month --amount 150 --thresholds 50,80,100",
        "kt budgets list",
        "kt budgets show support-june",
        "kt budgets history support-june",
        "kt budgets ack support-june --note \"launch, as planned\"",
        "kt budgets snooze support-june --for 24h",
        "kt budgets remove support-june",
        "kt teams create team_legal --name Legal --owner \"Ada Lovelace\" --email ada@example.com",
        "kt teams update team_legal --cost-centre 4711",
        "kt teams list",
        "kt teams freeze team_legal",
        "kt teams unfreeze team_legal",
        "kt users create ann --name \"Ann Lee\" --email ann@example.com",
        "kt users update ann --name \"Ann Lee-Smith\"",
        "kt users list",
        "kt users disable ann",
        "kt users enable ann",
        "kt applications create reports --team team_support --name \"Nightly reports\"",
        "kt applications update reports --name Reports",
        "kt applications list --team team_support",
        "kt audit list --action key. --from 2026-06-01",
        "kt audit verify",
        "kt export-jobs schedule --name weekly-spend --cron \"0 6 * * MON\" --window interval --format csv --s3-bucket finops-artifacts --s3-prefix ai-spend/",
        "kt export-jobs create --period 2026-05 --format focus --s3-bucket finops-artifacts --name may",
        "kt export-jobs list",
        "kt export-jobs get weekly-spend",
        "kt export-jobs change weekly-spend --format focus",
        "kt export-jobs pause weekly-spend",
        "kt export-jobs resume weekly-spend",
        "kt export-jobs remove weekly-spend",
        "kt export-jobs run weekly-spend",
        "kt export-jobs runs --job weekly-spend",
        $"kt export-jobs retry {Id}",
        "kt export-jobs download weekly-spend --file spend.csv",
        "kt forecast --team team_support --layers",
        "kt forecast plan add launch --team team_search --model gpt-4o-mini --starts 2026-07-01 --calls-per-day 2000 --input-tokens 800 --output-tokens 200 --probability 0.8",
        "kt forecast plan list --team team_search",
        "kt forecast plan import plan.csv --dry-run",
        "kt forecast plan remove launch",
        "kt forecast scenarios save cheaper --change \"route team=team_support model=gpt-4o to=openai/gpt-4o-mini share=30%\" --shared",
        "kt forecast scenarios list",
        "kt forecast scenarios show cheaper",
        "kt forecast scenarios compare cheaper --team team_support",
        "kt forecast scenarios promote cheaper --description \"agreed in the budget round\"",
        "kt forecast scenarios remove cheaper",
        "kt forecast explain --team team_support",
        "kt forecast allocate --total 1000 --confidence 0.9",
        "kt forecast calendar set --holidays holidays.txt --effects holidays,month-end",
        "kt forecast calendar list",
        "kt forecast calendar remove --team team_support",
        "kt forecast controls --team team_support --since 30d",
        "kt forecast effect --since 2026-06-01 --team team_support",
        "kt forecast diagnose --team team_support",
        "kt forecast teams",
        "kt forecast segments --team team_support",
        "kt forecast publish --description \"before the budget round\"",
        "kt forecast list",
        "kt forecast show 3 --team team_support",
        "kt forecast compare 2 3",
        "kt forecast accuracy",
        "kt forecast csv history.csv --frequency D --horizon 30 --output forecast.csv",
        "kt variance --period month",
        "kt review --format html --output review.html",
        "kt review list",
        "kt import usage.csv --format csv --dry-run",
        "kt imports list",
        $"kt imports show {Id}",
        $"kt imports undo {Id} --note \"wrong file\"",
        "kt imports map set project proj_search --team team_search",
        "kt imports map list",
        "kt imports map remove 3",
        "kt batches submit requests.jsonl --name nightly",
        "kt batches list",
        $"kt batches show {Id}",
        $"kt batches results {Id} --output-file answers.jsonl",
        $"kt batches cancel {Id}",
        "kt prices list --provider openai",
        "kt prices show openai gpt-4o-mini",
        "kt prices set openai gpt-4o-mini --input 0.15 --output-rate 0.60 --source https://openai.com/api/pricing",
        "kt prices import prices.csv --provider openai --dry-run",
        "kt prices diff prices.csv --provider openai",
        "kt prices unpriced",
        "kt routes show",
        "kt routes apply -f policy.yaml --dry-run",
        "kt routes diff -f policy.yaml",
        "kt routes rollback 2 --description \"back to before the trial\"",
        "kt routes history",
        "kt routes explain --model gpt-4o --team team_support --workload evaluation",
        "kt routes shadow --since 28d",
        "kt routes targets",
        "kt routes limits",
        "kt providers list",
        "kt providers add openai --kind openai --base-url https://api.openai.com --api-key env:OPENAI_API_KEY --dry-run",
        "kt providers test openai",
        "kt reconcile --wait 60",
        "kt alerts list --severity warning",
        $"kt alerts show {Id}",
        $"kt alerts ack {Id} --note \"asked the team\"",
        "kt alerts test chn_01a20b39b2ec7253bed397a55ee36b51",
        "kt alerts channels list",
        "kt alerts channels add finops --webhook https://hooks.example.com/keeptrusts --severity warning",
        "kt alerts channels set chn_01a20b39b2ec7253bed397a55ee36b51 --enabled false",
        "kt alerts channels rotate chn_01a20b39b2ec7253bed397a55ee36b51 --overlap-hours 48",
        "kt alerts channels remove chn_01a20b39b2ec7253bed397a55ee36b51",
        "kt alerts dead list",
        "kt alerts dead replay --all",
        "kt messages dead list",
        "kt messages dead show metering-12",
        "kt messages dead replay metering-12",
        "kt messages dead discard metering-12",
        "kt demo --days 90",
        "kt doctor",
    ];

    /// <summary>Has the help of each command end with its example.</summary>
    public static RootCommand WithExamples(this RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Null where there is none: of commands that only have others.</summary>
    public static string? Of(CommandResult command)
    {
        var words = WordsOf(command);
        return All.FirstOrDefault(example => (example + " ").StartsWith($"kt {words} ", StringComparison.Ordinal));
    }

    private static string WordsOf(CommandResult command) =>
        command.Parent is CommandResult { Command: not RootCommand } parent ? $"{WordsOf(parent)} {command.Command.Name}" : command.Command.Name;

    private sealed class HelpWithExample(HelpAction standard) : SynchronousCommandLineAction
    {
        /// <summary>Who asks for help need not give what the command requires.</summary>
        public override bool ClearsParseErrors => standard.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            var code = standard.Invoke(parseResult);
            if (parseResult.CommandResult is { Command: { Action: not null } and not RootCommand } && Of(parseResult.CommandResult) is { } example)
            {
                parseResult.InvocationConfiguration.Output.WriteLine($"Example:{Environment.NewLine}  {example}{Environment.NewLine}");
            }

            return code;
        }
    }
}
