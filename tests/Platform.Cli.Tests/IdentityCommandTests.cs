namespace Platform.Cli.Tests;

/// <summary>Teams, users, applications, tokens and the audit log: what is sent, and what is shown.</summary>
public sealed class IdentityCommandTests
{
    private const string Key = """
        {"key_id":"key_2","name":"ci","role":"inference","team_id":"team_a","user_id":"ada","application_id":"","workload":"batch","allowed_models":["gpt-4o"],"allowed_lanes":["premium"],"hint":"abcd","status":"active","created_at":"2026-06-01T00:00:00Z","expires_at":null,"frozen_at":null,"revoked_at":null,"replaces_key_id":"key_1","replaced_by_key_id":""}
        """;

    /// <summary>Command line → request and its body; each answer is the same key, team, user and application at once.</summary>
    [Theory]
    [InlineData("teams create team_a --owner Ada --email a@example.com --cost-centre 4711 --external-id hr-1", "POST /v1/teams",
        """{"team_id":"team_a","name":"team_a","owner":"Ada","email":"a@example.com","cost_centre":"4711","external_id":"hr-1"}""")]
    [InlineData("teams update team_a --name A --owner ''", "PATCH /v1/teams/team_a", """{"name":"A","owner":""}""")]
    [InlineData("teams freeze team_a", "POST /v1/teams/team_a/freeze", "{}")]
    [InlineData("teams unfreeze team_a", "POST /v1/teams/team_a/unfreeze", "{}")]
    [InlineData("users create ada --name Ada", "POST /v1/users", """{"user_id":"ada","name":"Ada"}""")]
    [InlineData("users update ada --email ''", "PATCH /v1/users/ada", """{"email":""}""")]
    [InlineData("users disable ada", "PATCH /v1/users/ada", """{"disabled":true}""")]
    [InlineData("users enable ada", "PATCH /v1/users/ada", """{"disabled":false}""")]
    [InlineData("applications create bot --team team_a", "POST /v1/applications", """{"application_id":"bot","team_id":"team_a","name":"bot"}""")]
    [InlineData("applications update bot --name Bot", "PATCH /v1/applications/bot", """{"name":"Bot"}""")]
    [InlineData("auth token create --name ci --team team_a --user ada --application bot --model gpt-4o --model gpt-4o-mini --lane premium --expires 2026-07-01",
        "POST /v1/keys",
        """{"name":"ci","team_id":"team_a","user_id":"ada","application_id":"bot","expires_at":"2026-07-01T00:00:00Z","allowed_models":["gpt-4o","gpt-4o-mini"],"allowed_lanes":["premium"]}""")]
    [InlineData("auth token create --name ci --team team_a --monthly-limit 50.5 --time-zone Europe/Berlin", "POST /v1/keys",
        """{"name":"ci","team_id":"team_a","monthly_limit":50.50,"currency":"USD","time_zone":"Europe/Berlin"}""")]
    [InlineData("auth token create --name ci --team team_a --role lease_holder --holder agents", "POST /v1/keys",
        """{"name":"ci","team_id":"team_a","role":"lease_holder","holder":"agents"}""")]
    [InlineData("auth token rotate key_1", "POST /v1/keys/key_1/rotate", """{"overlap_seconds":86400}""")]
    [InlineData("auth token rotate key_1 --overlap 0 --expires 2026-07-01T12:00:00+02:00", "POST /v1/keys/key_1/rotate",
        """{"overlap_seconds":0,"expires_at":"2026-07-01T10:00:00Z"}""")]
    [InlineData("auth token rotate key_1 --overlap 7d", "POST /v1/keys/key_1/rotate", """{"overlap_seconds":604800}""")]
    [InlineData("auth token allow key_1 --lane premium", "PUT /v1/keys/key_1/allowed", """{"allowed_models":[],"allowed_lanes":["premium"]}""")]
    [InlineData("auth token freeze key_1", "POST /v1/keys/key_1/freeze", "{}")]
    [InlineData("auth token unfreeze key_1", "POST /v1/keys/key_1/unfreeze", "{}")]
    [InlineData("auth token revoke key_1", "DELETE /v1/keys/key_1", "")]
    [InlineData("auth token list --team team_a --user ada --limit 5 --page key_9", "GET /v1/keys?team_id=team_a&user_id=ada&page_size=5&page_token=key_9", "")]
    [InlineData("teams list", "GET /v1/teams?page_size=100", "")]
    [InlineData("teams list --search Se --limit 5 --page team_a", "GET /v1/teams?search=Se&page_size=5&page_token=team_a", "")]
    [InlineData("users list", "GET /v1/users?page_size=100", "")]
    [InlineData("applications list --team team_a", "GET /v1/applications?team_id=team_a&page_size=100", "")]
    [InlineData("audit list --subject key_1 --actor key_2 --action key. --from 2026-06-01 --to 2026-07-01",
        "GET /v1/audit?subject=key_1&actor=key_2&action=key.&from=2026-06-01&to=2026-07-01&page_size=100", "")]
    public async Task Command_sends_what_its_flags_say(string line, string request, string body)
    {
        await using var server = new ReplayServer().On(request, $$"""
            {"key_id":"key_2","secret":"kt_live_s","name":"x","team_id":"team_a","user_id":"ada","application_id":"bot","allowed_models":[],"allowed_lanes":[],
            "key":{{Key}},"replaced":{{Key}},"keys":[],"teams":[],"users":[],"applications":[],"records":[],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        var words = line.Split(' ').Select(word => word == "''" ? "" : word);
        Assert.True(await kt.RunAsync([.. words]) == 0, kt.Error);
        Assert.Equal((request, body), server.Requests.Single(sent => sent.Item1 is not ("GET /v1/models" or "GET /v1/routes")));
    }

    [Fact]
    public async Task Token_for_models_and_lanes_that_nobody_serves_is_made_with_a_warning_that_names_the_nearest()
    {
        await using var server = new ReplayServer()
            .On("POST /v1/keys", """{"key_id":"key_2","secret":"kt_live_s"}""")
            .On("GET /v1/models", """{"models":[{"name":"gpt-4o","lane":"standard"},{"name":"gpt-4o-mini","lane":""}]}""")
            .On("GET /v1/routes", """{"version":3,"policy":{"models":[{"name":"house","aliases":["claude-latest"],"lanes":{"lab":{}}}],"lanes":[{"name":"premium"}]}}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "auth", "token", "create", "--name", "ci", "--team", "a", "--model", "gpt4o", "--model", "claude-latest", "--model", "zzzz", "--lane", "premum", "--lane", "lab", "--lane", "standard"));

        Assert.Equal(
            [
                "Made key_2. Keep the secret now: it is never shown again.",
                "Warning: no model 'gpt4o' is served, so calls for it are refused. Near it: gpt-4o. kt auth token allow changes it.",
                "Warning: no model 'zzzz' is served, so calls for it are refused. kt routes show names the models. kt auth token allow changes it.",
                "Warning: no lane 'premum' is served, so calls for it are refused. Near it: premium. kt auth token allow changes it.",
            ],
            kt.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("kt_live_s", kt.Out.Trim());
    }

    [Theory]
    [InlineData("auth token rotate key_1 --overlap 1w", "--overlap '1w'")]
    [InlineData("auth token rotate key_1 --overlap -5s", "--overlap '-5s'")]
    [InlineData("auth token rotate key_1 --overlap s", "--overlap 's'")]
    [InlineData("auth token rotate key_1 --expires tomorrow", "--expires 'tomorrow'")]
    [InlineData("auth token create --name x --expires 2026-13-01", "--expires '2026-13-01'")]
    public async Task What_is_no_time_is_a_usage_error_and_sends_nothing(string line, string message)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(line.Split(' ')));
        Assert.Contains(message, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Rotate_prints_the_new_secret_alone_on_stdout_and_when_the_old_one_ends()
    {
        await using var server = new ReplayServer().On(
            "POST /v1/keys/key_1/rotate", """{"key_id":"key_2","secret":"kt_live_s","key":{},"replaced":{"key_id":"key_1","expires_at":"2026-06-16T12:00:00Z"}}""", 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("auth", "token", "rotate", "key_1"));
        Assert.Equal("kt_live_s", kt.Out.Trim());
        Assert.Contains("Made key_2; key_1 ends at 2026-06-16 12:00:00Z.", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth token list")]
    [InlineData("keys list")]
    public async Task Token_list_shows_bindings_what_may_be_asked_for_and_who_replaces_whom(string command)
    {
        await using var server = new ReplayServer().On("GET /v1/keys", $$"""{"keys":[{{Key}}],"next_page_token":"key_2"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        var row = kt.Out.Split('\n').Single(line => line.Contains("key_2", StringComparison.Ordinal));
        Assert.Equal(
            ["key_2", "ci", "inference", "team_a", "ada", "batch", "gpt-4o in lane premium", "…abcd", "2026-06-01 00:00:00Z", "–", "active", "key_1"],
            row.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("More: --page key_2", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_list_shows_what_differs()
    {
        await using var server = new ReplayServer().On("GET /v1/audit", """
            {"records":[{"audit_id":8,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_1","action":"team.update","subject":"team_a","before":{"name":"A","owner":"Ada"},"after":{"name":"A","email":"a@example.com"},"sha256":"00"},
            {"audit_id":7,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_1","action":"team.create","subject":"team_a","before":null,"after":{"name":"A"},"sha256":"00"}],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        var rows = kt.Out.Split('\n').Where(line => line.Contains("team_a", StringComparison.Ordinal)).ToArray();
        Assert.EndsWith("   owner Ada → –, email – → a@example.com", rows[0].TrimEnd(), StringComparison.Ordinal);
        Assert.EndsWith(" A", rows[1].TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_list_says_what_was_made_or_removed_and_amounts_in_units_of_currency()
    {
        await using var server = new ReplayServer().On("GET /v1/audit", """
            {"records":[{"audit_id":10,"recorded_at":"2026-06-03T00:00:00Z","actor":"key_1","action":"cap.remove","subject":"cap_1","before":{"scope":"CAP_SCOPE_TEAM","active":true,"cap_id":"cap_1","period":"CAP_PERIOD_DAY","scope_id":"team_a","changed_at":"2026-06-02T00:00:00Z","used_nanos":"250000000","amount_nanos":"7250000000"},"after":{"scope":"CAP_SCOPE_TEAM","cap_id":"cap_1","period":"CAP_PERIOD_DAY","scope_id":"team_a","changed_at":"2026-06-03T00:00:00Z","used_nanos":"250000000","amount_nanos":"7250000000"},"sha256":"00"},
            {"audit_id":9,"recorded_at":"2026-06-02T00:00:00Z","actor":"key_1","action":"cap.change","subject":"cap_1","before":{"amount_nanos":"5000000000","left_nanos":"4000000000","active":true,"changed_at":"2026-06-01T00:00:00Z"},"after":{"amount_nanos":"7250000000","left_nanos":"6250000000","active":false,"changed_at":"2026-06-02T00:00:00Z"},"sha256":"00"},
            {"audit_id":8,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_1","action":"cap.set","subject":"cap_1","before":null,"after":{"scope":"CAP_SCOPE_TEAM","active":true,"cap_id":"cap_1","period":"CAP_PERIOD_DAY","source":"manual","currency":"USD","scope_id":"team_a","period_to":"2026-06-02T00:00:00Z","time_zone":"UTC","changed_at":"2026-06-01T00:00:00Z","changed_by":"key_1","created_at":"2026-06-01T00:00:00Z","left_nanos":"5000000000","period_from":"2026-06-01T00:00:00Z","amount_nanos":"5000000000"},"sha256":"00"},
            {"audit_id":7,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_1","action":"key.create","subject":"key_2","before":null,"after":{"hint":"r9JY","name":"Ops","role":"ROLE_OWNER","key_id":"key_2","allowed_models":["a"]},"sha256":"00"}],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        var rows = kt.Out.Split('\n').Where(line => line.Contains("key_1", StringComparison.Ordinal)).Select(line => line.TrimEnd()).ToArray();
        Assert.Matches(" cap_1 +scope=team active=true period=day scope_id=team_a amount=7.25$", rows[0]);
        Assert.Matches(" cap_1 +amount 5.00 → 7.25, active true → false$", rows[1]);
        Assert.EndsWith(" scope=team active=true period=day source=manual scope_id=team_a time_zone=UTC amount=5.00", rows[2], StringComparison.Ordinal);
        Assert.EndsWith(" Ops hint=r9JY role=owner allowed_models=[\"a\"]", rows[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_list_leaves_out_what_the_subject_says_and_what_follows_of_it_and_looks_into_policies()
    {
        await using var server = new ReplayServer().On("GET /v1/audit", """
            {"records":[{"audit_id":9,"recorded_at":"2026-06-02T00:00:00Z","actor":"key_1","action":"wallet.policy","subject":"wal_team_a","before":{"low_percents":[20]},"after":{"observe":true,"low_percents":[50,20]},"sha256":"00"},
            {"audit_id":8,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_1","action":"wallet.create","subject":"wal_team_a.user.ann","before":null,"after":{"name":"Ann","scope":"WALLET_SCOPE_USER","policy":{"low_percents":[20]},"status":"WALLET_STATUS_DEPLETED","team_id":"team_a","user_id":"ann","currency":"USD","parent_id":"wal_team_a","wallet_id":"wal_team_a.user.ann"},"sha256":"00"}],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        var rows = kt.Out.Split('\n').Where(line => line.Contains("key_1", StringComparison.Ordinal)).Select(line => line.TrimEnd()).ToArray();
        Assert.EndsWith(" wal_team_a            low_percents [20] → [50,20], observe – → true", rows[0], StringComparison.Ordinal);
        Assert.EndsWith(" wal_team_a.user.ann   Ann low_percents=[20]", rows[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wallet.policy", """{"low_percents":[20]}""", "{}", "low_percents [20] → –")]
    [InlineData("wallet.policy", """{"observe":true}""", "{}", "observe true → –")]
    [InlineData("wallet.unfreeze", """{"frozen":true}""", "{}", "frozen true → –")]
    [InlineData("wallet.freeze", "{}", """{"frozen":true}""", "frozen – → true")]
    [InlineData("organisation.create", "null", """{"currency":"EUR"}""", "currency=EUR")]
    public async Task Audit_list_tells_what_was_set_from_what_was_taken_back(string action, string before, string after, string shown)
    {
        await using var server = new ReplayServer().On("GET /v1/audit", $$"""
            {"records":[{"audit_id":9,"recorded_at":"2026-06-02T00:00:00Z","actor":"key_1","action":"{{action}}","subject":"x","before":{{before}},"after":{{after}},"sha256":"00"}],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        Assert.EndsWith($" x         {shown}", kt.Out.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", "", 0, "every entry follows from the one before")]
    [InlineData("false", "Entry 3 does not follow.", 1, "Entry 3 does not follow.")]
    public async Task Audit_verify_ends_with_1_when_the_log_was_changed(string consistent, string finding, int code, string shown)
    {
        await using var server = new ReplayServer().On("GET /v1/audit/verify", $$"""
            {"consistent":{{consistent}},"entries":12,"head_sha256":"00ff","first_bad_audit_id":null,"finding":"{{finding}}"}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(code, await kt.RunAsync("audit", "verify"));
        Assert.Equal(code, await kt.RunAsync("audit", "verify", "-o", "json"));
        Assert.NotEqual("", kt.Out);
        Assert.Equal("", kt.Error);
        Assert.Equal(code, await kt.RunAsync("audit", "verify"));
        Assert.Contains(shown, kt.Out, StringComparison.Ordinal);
        Assert.Contains("00ff", kt.Out, StringComparison.Ordinal);
    }
}
