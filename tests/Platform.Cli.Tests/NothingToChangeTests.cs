namespace Platform.Cli.Tests;

/// <summary>A change of nothing would be told as one that was made, so it is refused before anything is sent.</summary>
public sealed class NothingToChangeTests
{
    [Theory]
    [InlineData("teams update team_a", "--name, --owner, --email, --cost-centre or --external-id", "kt teams list")]
    [InlineData("users update ada", "--name or --email", "kt users list")]
    [InlineData("export-jobs change weekly", "--cron, --window, --format, --focus-version, --s3-bucket or --s3-prefix", "kt export-jobs get JOB")]
    [InlineData("alerts channels set ops", "--name, --enabled, --kinds, --teams or --severity", "kt alerts channels list")]
    [InlineData("wallets policy team_a", "--observe, --overflow-to-parent, --empty-wait-seconds or --low-percents", "kt wallets show WALLET")]
    [InlineData("budgets set june --team team_a", "--name, --amount, --thresholds, --forecast-thresholds, --rate-alerts or --hard-limit", "kt budgets show BUDGET")]
    // What it is in is no amount.
    [InlineData("budgets set june --currency USD", "--name, --amount, --thresholds, --forecast-thresholds, --rate-alerts or --hard-limit", "kt budgets show BUDGET")]
    [InlineData("forecast calendar set --note why", "--holidays or --effects", "kt forecast calendar list")]
    public async Task Change_without_anything_to_change_is_a_usage_error_that_names_what_can_be(string command, string options, string shows)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync([.. command.Split(' '), "-o", "table"]));
        Assert.Equal($"Say what to change: {options}. {shows} shows what is.", kt.Error.Split('\n')[0]);
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("alerts channels set chn_1 --enabled false", "PATCH /v1/alert-channels/chn_1", """{"enabled":false}""")]
    [InlineData("alerts channels set chn_1 --kinds=", "PATCH /v1/alert-channels/chn_1", """{"kinds":[]}""")]
    [InlineData("users update ada --email=", "PATCH /v1/users/ada", """{"email":""}""")]
    [InlineData("budgets set june --thresholds none", "POST /v1/budgets", """{"budget_id":"june","actual_percents":[]}""")]
    public async Task One_thing_is_enough_and_an_empty_text_is_one(string command, string request, string body)
    {
        await using var server = new ReplayServer().On(request, "{}");
        using var kt = new RunningKt(server.Url);

        await kt.RunAsync([.. command.Split(' '), "-o", "json"]);
        Assert.Equal((request, body), Assert.Single(server.Requests));
    }

    [Theory]
    [InlineData("usage correct r1", "Say what to correct: --all, or tokens by kind, such as --output-tokens -100.")]
    [InlineData("usage correct r1 --all --output-tokens -5", "Say what to correct: --all, or tokens by kind, such as --output-tokens -100.")]
    [InlineData("usage correct r1 --output-tokens 0", "These tokens change nothing: give a number that is not 0.")]
    [InlineData("forecast effect", "Say what to judge: a CHANGE (kt forecast controls shows their ids), or --since with a day such as 2026-06-01.")]
    [InlineData("forecast effect 01a20b39-5b1c-7d2e-8f30-4a5b6c7d8e9f --since 2026-06-01", "Say what to judge: a CHANGE (kt forecast controls shows their ids), or --since with a day such as 2026-06-01.")]
    [InlineData("variance --period forecast --at 2026-06-01", "--period forecast is of the month that runs: leave --at out.")]
    [InlineData("wallets create --team team_a", "Give one of --user and --application: a team has its wallet from its beginning.")]
    [InlineData("wallets create --team team_a --user ann --application bot", "Give one of --user and --application")]
    [InlineData("imports map set project p1", "Say whose it is: --team, --user, --application, --workload or --skip.")]
    public async Task What_a_command_is_about_is_asked_for_by_its_options_before_anything_is_sent(string command, string said)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Contains(said, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }
}
