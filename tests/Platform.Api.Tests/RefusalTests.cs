using System.Net;
using System.Text.Json;

namespace Platform.Api.Tests;

public sealed class RefusalTests(RunningApi api) : IClassFixture<RunningApi>
{
    [Theory]
    [InlineData("/v1/routes/rollback", """{"version":2,"expected_version":0}""", "INVALID_ARGUMENT", "expected_version must be 1 or more; it is 0.")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","ammount":1}""", "INVALID_ARGUMENT", "no field 'ammount'")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","team_id":"b"}""", "INVALID_ARGUMENT", "'team_id' is given twice")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a",,""", "INVALID_ARGUMENT", "The body is not valid JSON (line 1, byte 16). Mend it there: a comma, a quote, a value or a bracket is missing or too many.")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a" """, "INVALID_ARGUMENT", "The body is not valid JSON (line 1, byte ")]
    [InlineData("/v1/wallets/allocate", """{"team_id":tru}""", "INVALID_ARGUMENT", "The body is not valid JSON (line 1, byte ")]
    [InlineData("/v1/wallets/allocate", "team_id=a", "INVALID_ARGUMENT", "The body is not valid JSON (line 1, byte ")]
    [InlineData("/v1/wallets/allocate", """{"amount":1.}""", "INVALID_ARGUMENT", "The body is not valid JSON (line 1, byte ")]
    [InlineData("/v1/wallets/allocate", """{"team_id":3}""", "INVALID_ARGUMENT", "team_id has a value of the wrong type")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","currency":"USD"}""", "AMOUNT_INVALID", "amount is required")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":-1,"currency":"USD"}""", "AMOUNT_INVALID", "above zero; it is -1.00")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":0,"currency":"USD"}""", "AMOUNT_INVALID", "above zero")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1.0000000001,"currency":"USD"}""", "AMOUNT_INVALID", "amount: The amount 1.0000000001 has 10")]
    [InlineData("/v1/wallets/allocate", """{"amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "team_id is required")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1,"currency":"USD","note":"x","description":"y"}""", "INVALID_ARGUMENT", "not both")]
    [InlineData("/v1/wallets/allocate", "", "INVALID_ARGUMENT", "needs a JSON body")]
    [InlineData("/v1/wallets/credit", """{"amount":5}""", "INVALID_ARGUMENT", "currency is required")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1,"currency":"USD","ends_at":"soon","at_end":"return"}""", "INVALID_ARGUMENT", "ends_at 'soon'")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1,"currency":"USD","ends_at":"2026-07-01","at_end":"burn"}""", "INVALID_ARGUMENT", "return, roll_over")]
    [InlineData("/v1/wallets/reclaim", """{"amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "team_id is required")]
    [InlineData("/v1/wallets/reclaim", """{"team_id":"a","currency":"USD"}""", "AMOUNT_INVALID", "amount is required")]
    [InlineData("/v1/wallets/transfer", """{"from_wallet_id":"wal_a","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "to_wallet_id is required")]
    [InlineData("/v1/wallets/correct", """{"description":"x"}""", "INVALID_ARGUMENT", "transfer_id is required")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","user_id":"","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "user_id is empty")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","application_id":"","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "application_id is empty")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1,"currency":"USD","ends_at":""}""", "INVALID_ARGUMENT", "ends_at ''")]
    [InlineData("/v1/wallets/allocate", """{"team_id":"a","amount":1,"currency":"USD","ends_at":"2026-07-01","at_end":""}""", "INVALID_ARGUMENT", "at_end cannot be ''")]
    [InlineData("/v1/wallets/reclaim", """{"team_id":"a","user_id":"","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "user_id is empty")]
    [InlineData("/v1/wallets/allocations", """{"team_id":"a","user_id":"","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "user_id is empty")]
    [InlineData("/v1/wallets/allocations", """{"team_id":"a","amount":1,"currency":"USD","starts_at":""}""", "INVALID_ARGUMENT", "starts_at ''")]
    [InlineData("/v1/wallets/allocations", """{"team_id":"a","amount":1,"currency":"USD","recurrence":""}""", "INVALID_ARGUMENT", "recurrence cannot be ''")]
    [InlineData("/v1/wallets", """{"team_id":"a","user_id":"","application_id":"x"}""", "INVALID_ARGUMENT", "user_id is empty")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","user_id":""}""", "INVALID_ARGUMENT", "user_id is empty")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","expires_at":""}""", "INVALID_ARGUMENT", "expires_at")]
    [InlineData("/v1/budgets", """{"budget_id":"b","scope":{"team_id":""},"period":"month","amount":1,"currency":"USD","hard_limit":true}""", "INVALID_ARGUMENT", "scope.team_id is empty")]
    [InlineData("/v1/budgets", """{"budget_id":"b","scope":{"team_id":"","model":"m"},"period":"month","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "scope.team_id is empty")]
    [InlineData("/v1/forecast/what-if", """{"team_id":"","scenarios":[]}""", "INVALID_ARGUMENT", "team_id is empty")]
    [InlineData("/v1/forecast/what-if", """{"scenarios":[],"confidence":0}""", "INVALID_ARGUMENT", "confidence must be above 0 and below 1, such as 0.9; it is 0.")]
    [InlineData("/v1/forecast/plan", """{"plan_id":"p","probability":0.0000004}""", "INVALID_ARGUMENT", "probability 0.0000004 is less than a millionth")]
    [InlineData("/v1/forecast/plan", """{"plan_id":"p","probability":-0.0000004}""", "INVALID_ARGUMENT", "probability -0.0000004 is less than a millionth")]
    [InlineData("/v1/wallets", """{"user_id":"ann"}""", "INVALID_ARGUMENT", "team_id is required")]
    [InlineData("/v1/wallets/allocations", """{"team_id":"a","amount":1,"currency":"USD","recurrence":"weekly"}""", "INVALID_ARGUMENT", "once, monthly")]
    [InlineData("/v1/wallets/allocations", """{"team_id":"a","amount":1,"currency":"USD","time_zone":"Mars/Olympus"}""", "INVALID_ARGUMENT", "time_zone 'Mars/Olympus'")]
    [InlineData("/v1/wallets/suspense/x/settle", """{"output_tokens":1}""", "INVALID_ARGUMENT", "input_tokens is required")]
    [InlineData("/v1/wallets/suspense/x/settle", """{"input_tokens":1,"output_tokens":1,"model":"m"}""", "INVALID_ARGUMENT", "go with lease_id")]
    [InlineData("/v1/wallets/suspense/x/settle", """{"input_tokens":1,"output_tokens":1,"occurred_at":"2026-06-01T13:00:00Z"}""", "INVALID_ARGUMENT", "go with lease_id")]
    [InlineData("/v1/wallets/suspense/x/release", "{}", "INVALID_ARGUMENT", "description is required")]
    [InlineData("/v1/caps", """{"scope":"planet","period":"month","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "no scope 'planet'. Scopes: organisation, team, user, key.")]
    [InlineData("/v1/caps", """{"scope":"team","scope_id":"a","period":"hour","amount":1,"currency":"USD"}""", "INVALID_ARGUMENT", "no period 'hour'. Periods: day, week, month, quarter, year.")]
    [InlineData("/v1/caps", """{"scope":"team","scope_id":"a","period":"month","currency":"USD"}""", "AMOUNT_INVALID", "amount is required")]
    [InlineData("/v1/caps", """{"scope":"team","scope_id":"a","period":"month","amount":0,"currency":"USD"}""", "AMOUNT_INVALID", "above zero")]
    [InlineData("/v1/caps", """{"scope":"team","team":"a"}""", "INVALID_ARGUMENT", "no field 'team'")]
    [InlineData("/v1/wallets/wal_a/freeze", """{"reason":"x"}""", "INVALID_ARGUMENT", "no field 'reason'")]
    [InlineData("/v1/keys", """{"name":"x","role":"emperor"}""", "INVALID_ARGUMENT", "no role 'emperor'")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","allowed_models":["m",null]}""", "INVALID_ARGUMENT", "allowed_models has a null")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","expires_at":"soon"}""", "INVALID_ARGUMENT", "expires_at")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","monthly_limit":5}""", "INVALID_ARGUMENT", "currency is required")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","monthly_limit":0,"currency":"USD"}""", "AMOUNT_INVALID", "monthly_limit must be above zero")]
    [InlineData("/v1/keys", """{"name":"x","team_id":"a","currency":"USD"}""", "INVALID_ARGUMENT", "are the monthly_limit's")]
    [InlineData("/v1/keys/key_1/rotate", "{}", "INVALID_ARGUMENT", "overlap_seconds is required")]
    [InlineData("/v1/users", """{"name":"x"}""", "INVALID_ARGUMENT", "user_id is required")]
    [InlineData("/v1/applications", """{"application_id":"a","name":"x"}""", "INVALID_ARGUMENT", "team_id is required")]
    [InlineData("/v1/spend/log", """{"events":[]}""", "INVALID_ARGUMENT", "events is empty")]
    [InlineData("/v1/spend/log", """{"team_id":"a","events":[{}]}""", "INVALID_ARGUMENT", "not both")]
    [InlineData("/v1/spend/log", """{"team_id":"a"}""", "INVALID_ARGUMENT", "model is required")]
    [InlineData("/v1/spend/log", """{"team_id":"a","model":"m","provider":"p","funding":"leased"}""", "INVALID_ARGUMENT", "external or history")]
    [InlineData("/v1/spend/log", """{"team_id":"a","model":"m","provider":"p","requests":-1}""", "INVALID_ARGUMENT", "requests is for a correction")]
    [InlineData("/v1/model-pricing", """{"provider":"p","model":"m","currency":"USD","input_per_million":1}""", "INVALID_ARGUMENT", "output_per_million is required")]
    [InlineData("/v1/model-pricing", """{"provider":"p","model":"m","currency":"USD","input_per_million":1,"output_per_million":1,"discount_percent":101}""", "INVALID_ARGUMENT", "discount_percent must be 0 to 100")]
    [InlineData("/v1/model-pricing", """{"provider":"p","model":"m","currency":"USD","input_per_million":1,"output_per_million":1,"context_tiers":[{"above_input_tokens":1}]}""", "INVALID_ARGUMENT", "context_tiers.input_per_million is required")]
    [InlineData("/v1/imports", """{"format":"csv"}""", "INVALID_ARGUMENT", "source is required")]
    [InlineData("/v1/imports/x/rows", """{"rows":[]}""", "INVALID_ARGUMENT", "rows is required")]
    [InlineData("/v1/imports/x/rows", """{"rows":[{"outcome":"great"}]}""", "INVALID_ARGUMENT", "rows[1]: outcome 'great'")]
    [InlineData("/v1/imports/x/rows", """{"rows":[{"row_key":"a","stated_cost":1.0000000001}]}""", "AMOUNT_INVALID", "10 decimal places")]
    [InlineData("/v1/import-rules", """{"dimension":"planet","value":"x"}""", "INVALID_ARGUMENT", "Dimensions: key, user, project")]
    [InlineData("/v1/model-pricing/import", """{"prices":[]}""", "INVALID_ARGUMENT", "prices is required")]
    [InlineData("/v1/model-pricing/import", """{"prices":[{"provider":"p","model":"m","currency":"USD","input_per_million":1,"output_per_million":1},{"provider":"p"}]}""", "INVALID_ARGUMENT", "prices[2]: input_per_million is required")]
    public async Task Bad_body_is_refused_with_its_reason_and_place(string path, string body, string reason, string detail)
    {
        using var answer = await api.PostAsync(path, body);

        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest);
        Assert.Equal(reason, problem.GetProperty("reason").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/spend?group_by=foo", "cannot be grouped by 'foo'")]
    [InlineData("/v1/spend?group_by=reason", "Spend cannot be grouped by 'reason'. Groupings: team, workload, lane, provider, model, key, hour, day, month, user, application, outcome, funding, quarter_hour, week, mark.")]
    [InlineData("/v1/spend?group_by=team,team", "twice")]
    [InlineData("/v1/spend?since=3x", "since '3x'")]
    [InlineData("/v1/spend?period=2026-06&since=3d", "not both")]
    [InlineData("/v1/spend?granularity=yearly", "granularity 'yearly'")]
    [InlineData("/v1/spend?metric=joy", "metric 'joy'")]
    [InlineData("/v1/spend?granularity=daily&group_by=day", "twice")]
    [InlineData("/v1/spend?top=many", "parameter top cannot be 'many'")]
    [InlineData("/v1/demand/denied?group_by=joy", "Refused demand cannot be grouped by 'joy'. Groupings: team, workload, lane, provider, model, key, hour, day, month, user, application, quarter_hour, week, reason.")]
    [InlineData("/v1/demand/denied?period=June", "period 'June'")]
    [InlineData("/v1/usage?tag=feature", "tag 'feature'")]
    [InlineData("/v1/usage?tag=a=1&tag=a=2", "given twice")]
    [InlineData("/v1/usage/tail?tag==x", "tag '=x'")]
    [InlineData("/v1/wallets/x/transactions?page_size=abc", "parameter page_size cannot be 'abc'")]
    [InlineData("/v1/wallets/balance", "team_id is required")]
    [InlineData("/v1/wallets/x/transactions?kind=allocation,theft", "no kind 'theft'")]
    [InlineData("/v1/wallets/x/transactions?format=pdf", "format cannot be 'pdf'")]
    [InlineData("/v1/wallets/x/transactions?from=soon", "from 'soon'")]
    [InlineData("/v1/wallets/x/statement", "period (or from and to) is required")]
    [InlineData("/v1/wallets/x/statement?from=2026-06-01", "to is required")]
    [InlineData("/v1/wallets/x/statement?period=2026-06&from=2026-06-01", "not both")]
    [InlineData("/v1/wallets/x/statement?period=June", "period 'June'")]
    [InlineData("/v1/wallets/x/statement?period=2026-13", "period '2026-13'")]
    [InlineData("/v1/wallets/x/statement?period=2026xQ2", "period '2026xQ2'")]
    [InlineData("/v1/spend?period=1999", "period '1999'")]
    [InlineData("/v1/spend?teams=search", "no parameter 'teams' here. Parameters: from, to, since, period, group_by, granularity, metric, top, compare, booked, team, user, ")]
    [InlineData("/v1/wallets/x/transactions?id=y", "no parameter 'id' here. Parameters: kind, from, to, time_zone, attempt_id, idempotency_key, page_size, page_token, format.")]
    [InlineData("/v1/spend?team=", "The parameter team is empty")]
    [InlineData("/v1/spend?team=a&team=", "The parameter team is empty")]
    [InlineData("/v1/spend?team=,", "team ',' has no value in it")]
    [InlineData("/v1/usage?mark=%20", "mark ' ' has no value in it")]
    [InlineData("/v1/demand/denied?reason=,", "reason ',' has no value in it")]
    [InlineData("/v1/reconciliation/usage?from=2026-07-01&to=2026-06-01", "from must lie before to.")]
    [InlineData("/v1/reconciliation/postings?from=2026-07-01&to=2026-06-01", "from must lie before to.")]
    [InlineData("/v1/audit?from=2026-07-01&to=2026-06-01", "from must lie before to.")]
    [InlineData("/v1/forecast/layers?confidence=0", "confidence must be above 0 and below 1, such as 0.9; it is 0.")]
    [InlineData("/v1/forecast/layers?confidence=1", "it is 1.")]
    [InlineData("/v1/forecast/layers?confidence=NaN", "it is NaN.")]
    [InlineData("/v1/forecast/allocation?total=5&confidence=0", "it is 0.")]
    [InlineData("/v1/whoami?team=x", "no parameter 'team' here. This route takes none.")]
    public async Task Bad_parameter_is_refused_by_name(string path, string detail)
    {
        using var answer = await api.Client.GetAsync(path, TestContext.Current.CancellationToken);

        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_with_bad_events_answers_each_by_its_own_result()
    {
        using var answer = await api.PostAsync("/v1/spend/log", """{"events":[{"team_id":"a"},{"model":"m"}]}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, body.RootElement.GetProperty("refused").GetInt32());
        Assert.Equal(
            ["model is required.", "team_id is required."],
            body.RootElement.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Request_without_a_token_is_refused_before_its_body_is_read()
    {
        using var anonymous = new HttpClient { BaseAddress = api.Client.BaseAddress };
        using var answer = await anonymous.PostAsync("/v1/wallets/allocate", new StringContent("{{{"), TestContext.Current.CancellationToken);

        var problem = await ProblemAsync(answer, HttpStatusCode.Unauthorized);
        Assert.Equal("TOKEN_MISSING", problem.GetProperty("reason").GetString());
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Service_that_does_not_answer_is_503_with_retry_after()
    {
        using var answer = await api.Client.GetAsync("/v1/wallets", TestContext.Current.CancellationToken);

        var problem = await ProblemAsync(answer, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("DEPENDENCY_UNAVAILABLE", problem.GetProperty("reason").GetString());
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Key_that_was_made_is_named_when_no_service_answers()
    {
        using var answer = await api.PostAsync("/v1/wallets/credit", """{"amount":1,"currency":"USD"}""");

        var problem = await ProblemAsync(answer, HttpStatusCode.ServiceUnavailable);
        Assert.Contains("with the same Idempotency-Key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(Guid.TryParse(answer.Headers.GetValues("Idempotency-Key").Single(), out _));
    }

    [Fact]
    public async Task Idempotency_key_is_repeated_or_made()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/spend/log") { Content = new StringContent("""{"events":[{}]}""", null, "application/json") };
        request.Headers.Add("Idempotency-Key", "mine");
        using var given = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
        using var made = await api.PostAsync("/v1/spend/log", """{"events":[{}]}""");

        Assert.Equal("mine", given.Headers.GetValues("Idempotency-Key").Single());
        Assert.True(Guid.TryParse(made.Headers.GetValues("Idempotency-Key").Single(), out _));
    }

    [Fact]
    public async Task Idempotency_key_that_is_empty_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/wallets/credit") { Content = new StringContent("""{"amount":1,"currency":"USD"}""", null, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "");
        using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest);
        Assert.Contains("1 to 200 characters; it has 0", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("März")]
    [InlineData("a\tb")]
    public async Task Idempotency_key_that_no_header_can_repeat_is_refused(string key)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 };
        using var client = new HttpClient(handler) { BaseAddress = api.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/spend/log") { Content = new StringContent("""{"events":[{}]}""", null, "application/json") };
        request.Headers.Authorization = api.Client.DefaultRequestHeaders.Authorization;
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest);
        Assert.Contains("Idempotency-Key must have only visible ASCII characters", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_names_every_service_that_does_not_answer()
    {
        using var answer = await api.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(
            """{"status":"not_ready","services":{"wallet":"unreachable","metering":"unreachable","routing":"unreachable","forecast":"unreachable","export":"unreachable"},"reasons":{}}""",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("gateway-1")]
    [InlineData("wallet-x")]
    [InlineData("wallet--1")]
    public async Task Dead_message_of_no_service_or_number_is_not_found(string id)
    {
        using var answer = await api.PostAsync($"/v1/messages/dead/{id}/replay", "");

        var problem = await ProblemAsync(answer, HttpStatusCode.NotFound);
        Assert.Equal("MESSAGE_NOT_FOUND", problem.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound, "GET /openapi/v1.json lists what there is.")]
    [InlineData("POST", "/v1/messages/nowhere", HttpStatusCode.NotFound, "GET /openapi/v1.json lists what there is.")]
    // Both addresses end in /v1, and one is easily taken for the other.
    [InlineData("POST", "/v1/chat/completions", HttpStatusCode.NotFound, "send it to the gateway's address, with a team's inference key.")]
    [InlineData("POST", "/v1/messages/count_tokens", HttpStatusCode.NotFound, "send it to the gateway's address, with a team's inference key.")]
    [InlineData("POST", "/v1/batches", HttpStatusCode.NotFound, "send it to the gateway's address, with a team's inference key.")]
    [InlineData("GET", "/v1/batches/1/results", HttpStatusCode.NotFound, "send it to the gateway's address, with a team's inference key.")]
    [InlineData("POST", "/v1/chat/nowhere", HttpStatusCode.NotFound, "GET /openapi/v1.json lists what there is.")]
    [InlineData("GET", "/v1/responses/resp_1", HttpStatusCode.NotFound, "GET /openapi/v1.json lists what there is.")]
    [InlineData("POST", "/v1/messages", HttpStatusCode.NotFound, "send it to the gateway's address, with a team's inference key.")]
    [InlineData("PUT", "/v1/wallets", HttpStatusCode.MethodNotAllowed, "/v1/wallets does not answer PUT. It answers GET, POST.")]
    public async Task Route_that_does_not_exist_is_a_problem_too(string method, string path, HttpStatusCode status, string says)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.EndsWith(says, (await ProblemAsync(answer, status)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
