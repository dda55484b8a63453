using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Cli.Tests;

public sealed partial class FailureTests
{
    [Theory]
    [InlineData("reconcile --from 0001-01-01", "--from '0001-01-01'")]
    [InlineData("reconcile --to 9999-12-31", "--to '9999-12-31'")]
    [InlineData("reconcile --from 1999-12-31", "2000 to 2199")]
    [InlineData("reconcile --to 2200-01-01", "2000 to 2199")]
    [InlineData("auth token create --name a --role viewer --expires 9999-12-31", "--expires")]
    [InlineData("usage list --from 0001-01-01", "--from")]
    public async Task Date_outside_the_years_that_are_known_is_a_usage_error(string command, string said)
    {
        await using var server = new ReplayServer().On("GET /v1/whoami", """{"server_time":"2026-06-15T12:00:00Z"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Contains(said, kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", kt.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Closed_output_is_said_in_one_line_before_anything_is_done()
    {
        using var kt = Process.Start(new ProcessStartInfo("bash", ["-c", $"exec dotnet '{typeof(Kt).Assembly.Location}' --help >&-"]) { RedirectStandardError = true })!;
        var said = await kt.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await kt.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, kt.ExitCode);
        Assert.Contains("standard output is closed", Assert.Single(said.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_alone_says_what_there_is()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url, token: null);

        Assert.Equal(0, await kt.RunAsync());
        Assert.Contains("wallets", kt.Out, StringComparison.Ordinal);
        Assert.Equal("", kt.Error);
    }

    [Fact]
    public async Task Fault_of_kt_is_one_line_with_its_own_exit_code_and_a_trace_on_request()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", "[]");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(5, await kt.RunAsync("wallets", "list"));
        Assert.Single(kt.Error.Trim().Split('\n'));
        Assert.Contains("please report it", kt.Error, StringComparison.Ordinal);
        kt.Variables["KEEPTRUSTS_TRACE"] = "1";
        Assert.Equal(5, await kt.RunAsync("wallets", "list"));
        Assert.Contains("   at ", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    // As the dashboard answers, whose address is easily taken for the API's.
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Address_that_does_not_answer_in_json_is_not_this_platforms(int status)
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", "<html>", status, "text/html");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(4, await kt.RunAsync("wallets", "list"));
        Assert.Contains("is not the platform's API", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateways_address_is_told_from_the_apis()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", """{"error":{"message":"The gateway does not answer GET on this path.","type":"invalid_request_error","code":"route_not_served"}}""", 404);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(4, await kt.RunAsync("wallets", "list"));
        Assert.Contains("is the AI gateway, not the platform's API", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_with_the_version_at_its_end_is_told_with_the_one_to_set_and_one_of_https_where_http_answers_why()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url + "/v1");

        Assert.Equal(4, await kt.RunAsync("wallets", "list"));
        Assert.Contains($"set KEEPTRUSTS_API_URL to {server.Url}, or run: kt init --url URL", kt.Error, StringComparison.Ordinal);

        using var secure = new RunningKt(server.Url.Replace("http://", "https://", StringComparison.Ordinal));
        Assert.Equal(4, await secure.RunAsync("wallets", "list"));
        Assert.Contains("does not answer by https; by http it may", secure.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("see inner exception", secure.Error, StringComparison.Ordinal);
        Assert.Contains("KEEPTRUSTS_API_URL", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spnd", "There is no command 'kt spnd'. Did you mean kt spend?", "kt --help")]
    [InlineData("wallets lst", "There is no command 'kt wallets lst'. Did you mean kt wallets list?", "kt wallets --help")]
    [InlineData("forecast lst", "There is no command 'kt forecast lst'. Did you mean kt forecast list?", "kt forecast --help")]
    [InlineData("auth tokens list", "There is no command 'kt auth tokens'. Did you mean kt auth token?", "kt auth --help")]
    // By its own name, wherever it is.
    [InlineData("providers show acme", "There is no command 'kt providers show'. There are list, add, test.", "kt providers --help")]
    [InlineData("periods reopen 2026-06", "There is no command 'kt periods reopen'. There are list, close.", "kt periods --help")]
    [InlineData("login", "There is no command 'kt login'. Did you mean kt auth login?", "kt --help")]
    [InlineData("suspense list", "There is no command 'kt suspense'. Did you mean kt wallets suspense?", "kt --help")]
    // By what others call it.
    [InlineData("key list", "There is no command 'kt key'. Did you mean kt keys?", "kt --help")]
    [InlineData("tokens list", "There is no command 'kt tokens'. Did you mean kt keys?", "kt --help")]
    [InlineData("health", "There is no command 'kt health'. Did you mean kt doctor?", "kt --help")]
    [InlineData("export", "There is no command 'kt export'. Did you mean kt export-jobs or kt import?", "kt --help")]
    [InlineData("frobnicate", "There is no command 'kt frobnicate'.", "kt --help")]
    // Whatever the options are that it was given.
    [InlineData("spnd --team team_a", "There is no command 'kt spnd'. Did you mean kt spend?", "kt --help")]
    [InlineData("wallets lst -o json", "There is no command 'kt wallets lst'. Did you mean kt wallets list?", "kt wallets --help", true)]
    [InlineData("spend --tema team_a", "kt spend has no option '--tema'. Did you mean --team?", "kt spend --help")]
    // Where a wallet, a file or a thing of several could stand too.
    [InlineData("wallets freeze --desciption x", "kt wallets freeze has no option '--desciption'. Did you mean --description?", "kt wallets freeze --help")]
    [InlineData("wallets show --outptu json", "kt wallets show has no option '--outptu'. Did you mean --output?", "kt wallets show --help")]
    [InlineData("messages dead discard wallet-1 wallet-2 --outptu json", "kt messages dead discard has no option '--outptu'. Did you mean --output?", "kt messages dead discard --help")]
    [InlineData("alerts dead replay 7 --al -o json", "kt alerts dead replay has no option '--al'. Did you mean --all?", "kt alerts dead replay --help", true)]
    [InlineData("auth token revoke -f", "kt auth token revoke has no option '-f'.", "kt auth token revoke --help")]
    [InlineData("wallets show wal_a wal_b", "kt wallets show takes no 'wal_b'.", "kt wallets show --help")]
    [InlineData("wallets show", "kt wallets show needs WALLET.", "kt wallets show --help")]
    [InlineData("budgets set --amount 60", "kt budgets set needs BUDGET.", "kt budgets set --help")]
    [InlineData("auth token", "kt auth token needs a command: create, ", "kt auth token --help")]
    public async Task Word_that_is_not_known_is_told_once_with_what_may_have_been_meant(string command, string said, string help, bool asJson = false)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        var error = asJson ? JsonDocument.Parse(kt.Error).RootElement.GetProperty("error").GetProperty("message").GetString()! : kt.Error;
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(said, lines[0], StringComparison.Ordinal);
        Assert.Equal($"{help} says what there is.", lines[1]);
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("wallets show nobody -o json", 1, "WALLET_NOT_FOUND", "There is no wallet 'wal_nobody'.")]
    [InlineData("wallets list --output=json", 3, "TOKEN_INVALID", "The token is unknown.")]
    [InlineData("wallets list -o JSON", 3, "TOKEN_INVALID", "The token is unknown.")]
    [InlineData("wallets list -o:json", 3, "TOKEN_INVALID", "The token is unknown.")]
    [InlineData("wallets list -ojson", 3, "TOKEN_INVALID", "The token is unknown.")]
    [InlineData("spend --tema x --output:Json", 2, null, "kt spend has no option '--tema'.")]
    [InlineData("spend --tema x -o json", 2, null, "kt spend has no option '--tema'.")]
    [InlineData("usage list --from yesterday --output json", 2, null, "--from 'yesterday' is not a date")]
    public async Task Failure_of_a_command_that_was_asked_for_json_is_json_too(string command, int code, string? reason, string message)
    {
        await using var server = new ReplayServer()
            .On("GET /v1/wallets/wal_nobody", """{"detail":"There is no wallet 'wal_nobody'.","reason":"WALLET_NOT_FOUND"}""", 404, "application/problem+json")
            .On("GET /v1/wallets", """{"detail":"The token is unknown.","reason":"TOKEN_INVALID"}""", 401, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(code, await kt.RunAsync(command.Split(' ')));
        Assert.Equal("", kt.Out);
        using var told = JsonDocument.Parse(kt.Error.Trim().Split('\n')[^1]);
        var error = told.RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("exit_code").GetInt32());
        Assert.Equal(reason, error.GetProperty("reason").GetString());
        Assert.StartsWith(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("[", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Of every thing that there is not the document's row, with the command that lists what there is.</summary>
    public static TheoryData<string, string> NotFound => [.. File.ReadLines(Checkout.Path("docs/errors.md")).Select(line => NotFoundRow().Match(line)).Where(match => match.Success && match.Groups["reason"].Value != "ATTEMPT_NOT_FOUND")
        .Select(match => (match.Groups["reason"].Value, ListCommand().Match(match.Value).Value))];

    [Theory]
    [MemberData(nameof(NotFound))]
    public async Task What_there_is_not_is_told_with_the_command_that_lists_what_there_is(string reason, string command)
    {
        await using var server = new ReplayServer().On(
            "GET /v1/wallets/wal_nobody", $$"""{"detail":"There is none. GET /v1/dead/things lists those that were given up.","reason":"{{reason}}"}""", 404, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.StartsWith("kt ", command, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("wallets", "show", "nobody"));
        Assert.StartsWith($"There is none. [{reason}]\n{command.Trim()} ", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("review -o json")]
    [InlineData("review --nosuch -o json")]
    public async Task Failure_is_told_in_words_where_json_is_the_name_of_a_file(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url, token: null);

        Assert.NotEqual(0, await kt.RunAsync(command.Split(' ')));
        Assert.NotEqual("", kt.Error);
        Assert.DoesNotContain("{", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("routes rollback abc", "rollback: 'abc' is not a whole number")]
    [InlineData("batches show nosuch", "show: 'nosuch' is not an id")]
    [InlineData("forecast plan add p --calls-per-day 1e18", "--calls-per-day: '1e18' is not a whole number")]
    [InlineData("forecast plan add p --calls-per-day 12.000", "--calls-per-day: '12.000' is not a whole number")]
    [InlineData("forecast plan add p --calls-per-day 12,000", "--calls-per-day: '12,000' is not a whole number")]
    [InlineData("usage list --limit 1,000", "--limit: '1,000' is not a whole number")]
    [InlineData("forecast --confidence much", "--confidence: 'much' is no share above 0 and below 1, such as 0.9")]
    [InlineData("forecast allocate --total 5 --confidence 0,9", "--confidence: '0,9' is no share above 0 and below 1, such as 0.9")]
    [InlineData("forecast scenarios compare a --confidence 90", "--confidence: '90' is no share above 0 and below 1, such as 0.9")]
    [InlineData("review --format pdf", "--format: 'pdf' is not one of md, html, json")]
    [InlineData("forecast plan add p --probability 5", "--probability '5' must be above 0 and at most 1")]
    [InlineData("forecast plan add p --probability 0.0000004", "--probability '0.0000004' is less than a millionth, which would be nothing")]
    [InlineData("forecast plan add p --spread -1", "--spread '-1' must be 0 to 9")]
    [InlineData("auth token rotate key_1 --overlap 99d", "--overlap '99d' is longer than 30d")]
    [InlineData("auth token create --name a --role inference", "--role inference needs --team")]
    [InlineData("auth token create --name a --role lease_holder --team a", "--role lease_holder needs --team and --holder")]
    [InlineData("auth token create --name a --role lease_holder --holder a", "--role lease_holder needs --team and --holder")]
    [InlineData("spend --top -1", "--top: '-1' is not a whole number of 1 or more")]
    [InlineData("usage list --limit 0", "--limit: '0' is not a whole number from 1 to 1,000")]
    [InlineData("wallets transactions w --csv --limit 10", "--csv is all of them: leave --limit, --page and -o out.")]
    [InlineData("wallets transactions w --csv --page p2", "--csv is all of them")]
    [InlineData("wallets transactions w --limit 1001", "--limit: '1001' is not a whole number from 1 to 1,000")]
    [InlineData("wallets statement w", "Say of when: either --period 2026-06")]
    [InlineData("usage list --from 2027-01-01 --to 2026-01-01", "--from must lie before --to")]
    [InlineData("audit list --from 2026-01-01 --to 2026-01-01", "--from must lie before --to")]
    [InlineData("spend --from 2026-13-01", "--from '2026-13-01' is not a date (2026-06-01) or time")]
    [InlineData("spend --from 2026-06-01 --to 2026-06-01", "--from must lie before --to")]
    [InlineData("spend --period 2026-06 --to 2026-06-02", "Give --period, or --since, --from and --to, not both.")]
    [InlineData("demand --since 7d --from 2026-06-02", "Give --from or --since, not both.")]
    [InlineData("waste --since 7d --from 2026-06-02", "Give --from or --since, not both.")]
    [InlineData("waste --from 2026-06-02 --to 2026-06-01", "--from must lie before --to")]
    [InlineData("spend --since yesterday", "--since 'yesterday' is not a length such as 24h, 30d or 4w")]
    [InlineData("spend --since 0d", "--since '0d' is not a length")]
    [InlineData("spend --period 2026-Q5", "--period '2026-Q5' is none of a year (2026), a quarter (2026-Q2)")]
    [InlineData("spend --period 2026-00", "--period '2026-00' is none of")]
    [InlineData("demand --to 1999-12-31", "--to '1999-12-31' is not a date")]
    [InlineData("waste --since soon", "--since 'soon' is not a length")]
    [InlineData("prices list --at now", "--at 'now' is not a date")]
    [InlineData("prices set openai gpt-4o --input 1 --output-rate 2 --source x --from 1.6.2026", "--from '1.6.2026' is not a date")]
    [InlineData("variance --at 2026-02-30", "--at '2026-02-30' is not a day (2026-06-01)")]
    [InlineData("forecast compare 1 2 --month 2026-6", "--month '2026-6' is not a month (2026-06)")]
    [InlineData("forecast --month 2026-13", "--month '2026-13' is not a month (2026-06)")]
    [InlineData("forecast scenarios compare a --month 2026-13", "--month '2026-13' is not a month (2026-06)")]
    [InlineData("periods close 2026-13", "period '2026-13' is not a month (2026-06)")]
    [InlineData("review --week 2026-26", "--week '2026-26' is not a week (2026-W26)")]
    [InlineData("review --week 2026-W54", "--week '2026-W54' is not a week")]
    [InlineData("review --week 2025-W53", "--week '2025-W53' is not a week")]
    [InlineData("budgets set b --period day --amount 5 --tag apollo", "--tag 'apollo' is not KEY=VALUE")]
    [InlineData("forecast controls --since 2w3", "--since '2w3' is neither a date")]
    [InlineData("forecast accuracy --since d", "--since 'd' is neither a date")]
    [InlineData("routes shadow --since x", "--since 'x' is neither a date")]
    [InlineData("forecast effect --since 2026-06-01T00:00:00Z", "--since '2026-06-01T00:00:00Z' is not a day")]
    [InlineData("wallets statement w --period June", "--period 'June' is none of a year")]
    [InlineData("wallets allocate --team a --amount 5 --ends-at soon", "--ends-at 'soon' is not a date")]
    [InlineData("wallets allocations plan --team a --amount 5 --starts-at soon", "--starts-at 'soon' is not a date")]
    [InlineData("export-jobs create --s3-bucket b --from soon", "--from 'soon' is not a date")]
    [InlineData("export-jobs download j --period 2026", "--period '2026' is not a month")]
    [InlineData("forecast plan add p --team a", "Option '--model' is required.")]
    [InlineData("forecast plan add p --team a --model m --starts 2026-07-01 --calls-per-day 5", "give --input-tokens, --output-tokens or both")]
    [InlineData("forecast plan add p --team a --model m --starts 2026-07-01 --calls-per-day 5 --input-tokens 0", "give --input-tokens, --output-tokens or both")]
    [InlineData("forecast plan add p --starts soon", "--starts 'soon' is not a day")]
    [InlineData("usage adjust --team a --provider p --amount 5 --reference r --reason x --occurred soon", "--occurred 'soon' is not a date")]
    [InlineData("variance --period foo", "--period: 'foo' is not one of week, month, forecast.")]
    [InlineData("variance --period Week", "--period: 'Week' is not one of week, month, forecast.")]
    [InlineData("budgets set b --period fortnight --amount 5", "--period: 'fortnight' is not one of day, week, month, quarter, year.")]
    [InlineData("caps set --team a --period hour --amount 5", "--period: 'hour' is not one of day, week, month, quarter, year.")]
    [InlineData("forecast segments --period 2026", "--period: '2026' is not one of month, next_month, quarter, next_quarter, twelve_months, next_year.")]
    [InlineData("forecast list --reason why", "--reason: 'why' is not one of daily, plan_change, policy_change, calendar_change, price_change, usage_change, on_demand, scenario.")]
    [InlineData("forecast controls --kind all", "--kind: 'all' is not one of allocation, budget, policy, cap, freeze, wallet_policy.")]
    [InlineData("forecast list --before -1", "--before: '-1' is not a whole number of 1 or more.")]
    [InlineData("routes history --before 0", "--before: '0' is not a whole number of 1 or more.")]
    [InlineData("export-jobs schedule --name n --cron x --window 2d --s3-bucket b", "--window: '2d' is not one of interval, month, 1h, 6h, 24h, 7d, 30d.")]
    [InlineData("export-jobs change j --window 2d", "--window: '2d' is not one of interval, month, 1h, 6h, 24h, 7d, 30d.")]
    [InlineData("export-jobs create --s3-bucket b --window month", "--window: 'month' is not one of 1h, 6h, 24h, 7d, 30d.")]
    [InlineData("export-jobs create --s3-bucket b --window 7d --format xls", "--format: 'xls' is not one of json, csv, parquet, focus, focus-parquet.")]
    [InlineData("export-jobs change j --focus-version 1.3", "--focus-version: '1.3' is not one of 1.4, 1.2.")]
    [InlineData("export-jobs create --s3-bucket b", "Say what to export: one of --period, --window and --from.")]
    [InlineData("export-jobs create --s3-bucket b --window 7d --from 2026-06-01", "Say what to export: one of --period, --window and --from.")]
    [InlineData("export-jobs create --s3-bucket b --window 7d --to 2026-06-01", "--to goes with --from: a month and a window have an end of their own.")]
    [InlineData("export-jobs create --s3-bucket b --from 2026-06-02 --to 2026-06-01", "--from must lie before --to.")]
    [InlineData("spend --metric money", "--metric: 'money' is not one of cost, requests, tokens.")]
    [InlineData("alerts list --severity high", "--severity: 'high' is not one of info, warning, critical.")]
    [InlineData("alerts channels set ops --severity high", "--severity: 'high' is not one of info, warning, critical.")]
    [InlineData("messages dead list --state open", "--state: 'open' is not one of dead, replayed, discarded.")]
    [InlineData("wallets list --order name", "--order: 'name' is not one of id, left, held.")]
    [InlineData("wallets policy a --observe yes", "--observe: 'yes' is not one of on, off.")]
    [InlineData("wallets allocate --team a --amount 5 --at-end burn", "--at-end: 'burn' is not one of return, roll_over.")]
    [InlineData("export-jobs run j --basis cash", "--basis: 'cash' is not one of occurred, booked.")]
    [InlineData("forecast segments --by team", "--by: 'team' is not one of model.")]
    [InlineData("import f.csv --format xls", "--format: 'xls' is not one of ")]
    [InlineData("batches submit f.jsonl --windows 0", "--windows: '0' is not a whole number from 1 to 31.")]
    [InlineData("workloads rules set r --workload batch --position 0", "--position: '0' is not a whole number of 1 or more.")]
    [InlineData("workloads rules set r --workload batch --min-input-tokens -1", "--min-input-tokens: '-1' is not a whole number of 0 or more.")]
    [InlineData("routes explain --model m --shape image", "--shape: 'image' is not one of chat, responses, messages, embeddings.")]
    [InlineData("routes explain --model m --wallet-status full", "--wallet-status: 'full' is not one of healthy, low, depleted.")]
    [InlineData("routes explain --model m --input-tokens -1", "--input-tokens: '-1' is not a whole number of 0 or more.")]
    [InlineData("wallets suspense settle a --input-tokens -1 --output-tokens 0", "--input-tokens: '-1' is not a whole number of 0 or more.")]
    [InlineData("forecast plan add p --team a --model m --starts 2026-07-01 --calls-per-day -5 --input-tokens 1", "--calls-per-day: '-5' is not a whole number of 1 or more.")]
    [InlineData("prices set openai gpt-4o --input abc --output-rate 2 --source x", "--input 'abc' is not a number")]
    [InlineData("prices set openai gpt-4o --input 1 --output-rate 2 --discount 1e1 --source x", "--discount '1e1' must be in plain digits")]
    public async Task Wrong_value_is_told_by_its_flag_in_plain_words_and_sends_nothing(string command, string said)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Contains(said, kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Platform.", kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task What_really_begins_as_an_option_does_stands_behind_two_dashes()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("budgets", "show", "--", "--odd"));
        Assert.Contains("GET /v1/budgets/--odd", server.Requests.Select(sent => sent.Request));
    }

    [Theory]
    [InlineData("kt_live_…")]
    [InlineData("kt_live_0123 4567")]
    [InlineData("kt_live_0123\nkt_live_4567")]
    public async Task A_token_that_no_request_can_carry_is_told_and_not_the_platform_blamed(string token)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url, token);
        (kt.Variables["KEEPTRUSTS_GATEWAY_URL"], kt.Variables["KEEPTRUSTS_INFERENCE_KEY"]) = (server.Url, token);

        Assert.Equal(3, await kt.RunAsync("spend"));
        Assert.StartsWith("The token has a character that none has", kt.Error, StringComparison.Ordinal);
        Assert.Equal(3, await kt.RunAsync("batches", "list"));
        Assert.StartsWith("The key has a character that none has", kt.Error, StringComparison.Ordinal);
        Assert.Contains("Set KEEPTRUSTS_INFERENCE_KEY", kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task A_key_that_the_gateway_does_not_know_is_not_told_as_the_apis_token()
    {
        await using var server = new ReplayServer().On("GET /v1/batches", """{"error":{"message":"The key is unknown.","code":"invalid_api_key"}}""", 401);
        using var kt = new RunningKt(server.Url);
        (kt.Variables["KEEPTRUSTS_GATEWAY_URL"], kt.Variables["KEEPTRUSTS_INFERENCE_KEY"]) = (server.Url, "kt_live_x");

        Assert.Equal(3, await kt.RunAsync("batches", "list"));
        Assert.Contains("Set KEEPTRUSTS_INFERENCE_KEY", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("KEEPTRUSTS_API_TOKEN", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--since 4w", "since=4w")]
    [InlineData("--period 2026", "period=2026")]
    [InlineData("--period 2026-Q4", "period=2026-Q4")]
    [InlineData("--period 2026-02", "period=2026-02")]
    [InlineData("--period 2026-02-28", "period=2026-02-28")]
    [InlineData("--from 2026-06-01T13:00+02:00", "from=2026-06-01T13%3A00%2B02%3A00")]
    public async Task Date_is_handed_on_as_it_was_written(string option, string sent)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.NotEqual(2, await kt.RunAsync(["spend", .. option.Split(' ')]));
        Assert.Contains(sent, server.Requests.First().Request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("line 1: it is no JSON: 'o' is invalid. LineNumber: 0 | BytePositionInLine: 1.", "line 1: it is no JSON: 'o' is invalid (byte 2).")]
    [InlineData("Bad. Path: $.a[0] | LineNumber: 3 | BytePositionInLine: 12. [INVALID]", "Bad (line 4, byte 13). [INVALID]")]
    [InlineData("July ends at 2026-12-01T00:00:00.0000000+00:00 (UTC).", "July ends at 2026-12-01 00:00:00Z (UTC).")]
    [InlineData("July ends at 2026-12-01T01:00:00.0000000+01:00.", "July ends at 2026-12-01 00:00:00Z.")]
    [InlineData("It is 2026-13-01T00:00:00.0000000Z, and 2026-12-01T00:00:00Z.", "It is 2026-13-01T00:00:00.0000000Z, and 2026-12-01T00:00:00Z.")]
    public void Message_is_shown_without_the_notation_of_dotnet(string message, string shown) => Assert.Equal(shown, Output.PlainWords.Of(message));

    [GeneratedRegex(@"^\| NOT_FOUND .*`(?<reason>[A-Z_]+_NOT_FOUND)`.*$")]
    private static partial Regex NotFoundRow();

    [GeneratedRegex(@"kt(?: [a-z]+(?:-[a-z]+)*)+")]
    private static partial Regex ListCommand();
}
