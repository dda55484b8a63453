using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Tests.Imports;

public sealed class ImportCommandTests : IDisposable
{
    private const string Counts = """{"rows":2,"accepted":1,"duplicates":0,"changed":0,"skipped":0,"unmapped_refused":1,"refused":0,"unmapped":0,"unpriced":0,"calls":1,"cost":0.000450000}""";

    private const string Outcome = $$"""
        {"counts":{{Counts}},"problems":[{"row":1,"kind":"unmapped","message":"No rule says whose it is."}],
         "unmapped":[{"provider":"openai","project":"proj_b","key":"","user":"","rows":1}],
         "stated":[{"provider":"openai","model":"gpt-4o-mini","rows":1,"stated":0.000500000,"rated":0.000450000,"unpriced_rows":0,"unpriced_stated":0.000000000}]}
        """;

    private const string Reach = """{"first_occurred_at":"2026-06-01T00:00:00Z","last_occurred_at":"2026-06-01T09:00:00Z","providers":["openai"],"others":[{"import_id":"i-0","rows":1}]}""";

    private const string Import = $$"""
        {"import_id":"i-1","state":"finished","source":"csv","format":"csv","file_name":"usage.csv","unmapped_team_id":"","counts":{{Counts}},"currency":"USD",
         "first_occurred_at":"2026-06-01T00:00:00Z","last_occurred_at":"2026-06-01T00:00:00Z","created_at":"2026-06-15T12:00:00Z","created_by":"key_1","finished_at":"2026-06-15T12:00:00Z",
         "undo_asked_at":null,"undo_asked_by":"","undo_note":"","undone":0,"undone_at":null,"stated":[],"warnings":["Import i-0 tells of the same time."]}
        """;

    private const string Usage = """
        time,provider,model,input,output,project,cost
        2026-06-01T00:00:00Z,openai,gpt-4o-mini,1000,500,proj_a,0.0005
        2026-06-01T00:00:00Z,openai,gpt-4o-mini,x,500,proj_a,
        2026-06-01T00:00:00Z,openai,gpt-4o-mini,10,5,proj_b,
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kt-import-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Import_opens_sends_rows_finishes_and_tells_of_each_bad_row_by_its_line()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var errors = Path.Combine(_directory.FullName, "errors.tsv");

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv", "--unmapped-team", "team_rest", "--errors", errors));
        Assert.Equal(
            ["GET /v1/whoami", "POST /v1/imports", "POST /v1/imports/i-1/rows", "POST /v1/imports/i-1/finish"], server.Requests.Select(request => request.Request));
        Assert.Equal("""{"source":"csv","unmapped_team_id":"team_rest","format":"csv","file_name":"usage.csv"}""", server.Requests.ElementAt(1).Body);
        Assert.Contains(
            "\"occurred_at\":\"2026-06-01T00:00:00Z\",\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"input_tokens\":1000,\"output_tokens\":500,\"requests\":1,\"project\":\"proj_a\",\"stated_cost\":0.0005}",
            server.Requests.ElementAt(2).Body, StringComparison.Ordinal);
        Assert.Contains("line 3: unreadable: input 'x' is not a whole number of zero or more.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("line 4: unmapped: No rule says whose it is.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("kt imports map set project proj_b --team TEAM", kt.Error, StringComparison.Ordinal);
        Assert.Contains("Look twice: Import i-0", kt.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 3 rows, 1 call", kt.Out, StringComparison.Ordinal);
        Assert.Contains("cost by the price book  0.00045 USD\n", kt.Out, StringComparison.Ordinal);
        Assert.Contains("price book USD", kt.Out, StringComparison.Ordinal);
        Assert.Contains("-0.00005", kt.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await System.IO.File.ReadAllLinesAsync(errors, TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task A_column_that_is_wrong_in_each_row_does_not_hide_what_else_is()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var rows = Enumerable.Range(0, 100).Select(i => $"2026-13-{i:00},openai,gpt-4o-mini,1000,500,proj_a,0.1\n").Append("2026-06-01,openai,gpt-4o-mini,1000,many,proj_a,0.1\n");

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", $"{Usage.Split('\n')[0]}\n{string.Concat(rows)}"), "--format", "csv", "--dry-run"));
        Assert.Contains("line 2: unreadable: time '2026-13-00' is neither", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("line 7:", kt.Error, StringComparison.Ordinal);
        Assert.Contains("line 102: unreadable: output 'many' is not a whole number of zero or more.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("… and 95 more; --errors FILE writes all of them.", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usage.csv")]
    [InlineData("map.csv")]
    public async Task Problems_are_not_written_over_a_file_that_is_read(string name)
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var (usage, map) = (File("usage.csv", Usage), File("map.csv", "dimension,value,team\nproject,proj_a,team_search\n"));

        Assert.Equal(2, await kt.RunAsync("import", usage, "--format", "csv", "--map", map, "--errors", Path.Combine(_directory.FullName, ".", name)));
        Assert.Contains("is a file that is read; name another.", kt.Error, StringComparison.Ordinal);
        Assert.Equal(Usage, await System.IO.File.ReadAllTextAsync(usage, TestContext.Current.CancellationToken));
        Assert.StartsWith("dimension,value,team", await System.IO.File.ReadAllTextAsync(map, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_token_that_is_refused_leaves_the_problems_that_an_import_before_told()
    {
        await using var server = Server().On("GET /v1/whoami", """{"detail":"The token is unknown.","reason":"TOKEN_INVALID"}""", 401, "application/problem+json");
        using var kt = new RunningKt(server.Url);
        var errors = File("errors.tsv", "3\tunreadable\n");

        Assert.Equal(3, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv", "--errors", errors));
        Assert.Equal("3\tunreadable\n", await System.IO.File.ReadAllTextAsync(errors, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_row_that_stays_somebody_elses_is_told_and_is_no_failure()
    {
        const string known = """{"rows":2,"accepted":0,"duplicates":2,"changed":0,"skipped":0,"unmapped_refused":0,"refused":0,"unmapped":0,"unpriced":0,"calls":0,"cost":0}""";
        await using var server = Server().On(
            "POST /v1/imports/i-1/rows", $$"""{"counts":{{known}},"problems":[{"row":1,"kind":"attribution","message":"It was imported before."}],"unmapped":[],"stated":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("import", File("usage.csv", Usage.Replace(",x,", ",9,", StringComparison.Ordinal)), "--format", "csv"));
        Assert.Contains("line 3: attribution: It was imported before.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("2, 1 of them another's than the rules say now", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_keeps_nothing_and_sends_the_rules_with_the_rows()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var map = File("map.csv", "dimension,value,team,skip\nproject,proj_a,team_search,\nkey,key_gateway,,true\n");

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv", "--map", map, "--dry-run"));
        Assert.Equal(["GET /v1/whoami", "POST /v1/imports/preview", "POST /v1/imports/preview/overlap"], server.Requests.Select(request => request.Request));
        Assert.StartsWith(
            """{"source":"csv","rules":[{"dimension":"project","value":"proj_a","team_id":"team_search"},{"dimension":"key","value":"key_gateway","skip":true}],"rows":[{""",
            server.Requests.ElementAt(1).Body, StringComparison.Ordinal);
        Assert.Contains("Look twice: Import i-0 would count twice.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("A dry run: nothing was kept.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_counts_a_row_that_the_file_has_again_as_the_import_would()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var page = string.Concat(Enumerable.Range(0, 1_500).Select(number => string.Create(CultureInfo.InvariantCulture, $"id-{number},2026-06-01,openai,gpt-4o-mini,{number},1\n")));
        var twice = File("twice.csv", $"id,time,provider,model,input,output\n{page}{page}id-7,2026-06-01,openai,gpt-4o-mini,8,1\n");

        Assert.Equal(1, await kt.RunAsync("import", twice, "--format", "csv", "--dry-run"));
        Assert.Equal(1_500, server.Requests.Where(request => request.Request == "POST /v1/imports/preview").Sum(request => request.Body.Split("\"row_key\"").Length - 1));
        Assert.Contains("there already           1,500", kt.Out, StringComparison.Ordinal);
        Assert.Contains("changed since           1", kt.Out, StringComparison.Ordinal);
        Assert.Contains("line 3002: changed: The file has it before with other figures, and those would stand.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_asks_once_of_all_pieces_what_else_tells_of_their_time()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var rows = string.Join('\n', Enumerable.Range(0, 5_500).Select(number => string.Create(CultureInfo.InvariantCulture, $"id-{number},2026-06-01,openai,gpt-4o-mini,{number},1")));

        Assert.Equal(1, await kt.RunAsync("import", File("large.csv", "id,time,provider,model,input,output\n" + rows), "--format", "csv", "--dry-run", "-o", "json"));
        Assert.Equal(
            """{"source":"csv","file_name":"large.csv","duplicates":0,"reach":{"first_occurred_at":"2026-06-01T00:00:00+00:00","last_occurred_at":"2026-06-01T09:00:00+00:00","providers":["openai"],"others":[{"import_id":"i-0","rows":6}]}}""",
            Assert.Single(server.Requests, request => request.Request == "POST /v1/imports/preview/overlap").Body);
        Assert.Equal("Import i-0 would count twice.", Assert.Single(JsonDocument.Parse(kt.Out).RootElement.GetProperty("warnings").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_large_file_goes_in_pieces_and_json_has_the_sums()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var rows = string.Join('\n', Enumerable.Range(0, 5_500).Select(number => string.Create(CultureInfo.InvariantCulture, $"id-{number},2026-06-01,openai,gpt-4o-mini,{number},1")));

        Assert.Equal(1, await kt.RunAsync("import", File("large.csv", "id,time,provider,model,input,output\n" + rows), "--format", "csv", "-o", "json"));
        var pieces = server.Requests.Where(request => request.Request == "POST /v1/imports/i-1/rows").ToList();
        Assert.Equal(6, pieces.Count);
        Assert.Equal(5_500, pieces.Sum(piece => piece.Body.Split("\"row_key\"").Length - 1));
        Assert.Contains("\"accepted\": 6", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_that_fails_in_between_says_how_to_go_on()
    {
        await using var server = Server().On("POST /v1/imports/i-1/rows", """{"detail":"busy","reason":"INTAKE_BUSY"}""", 429, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv"));
        Assert.Contains("Import i-1 is incomplete", kt.Error, StringComparison.Ordinal);
        Assert.Contains("kt imports undo i-1", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_that_breaks_off_says_what_became_of_the_rows_before()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);
        var entries = Enumerable.Range(0, 1_001).Select(number => $$"""
            {"request_id":"id-{{number}}","startTime":"2026-06-01T00:00:00Z","endTime":"2026-06-01T00:00:01Z","model":"gpt-4o-mini","custom_llm_provider":"openai","prompt_tokens":1,"completion_tokens":1}
            """);

        Assert.NotEqual(0, await kt.RunAsync("import", File("cut.json", $"[{string.Join(',', entries)},{{\"request_id\":"), "--format", "litellm"));
        Assert.Contains("id-1", server.Requests.Single(request => request.Request == "POST /v1/imports/i-1/rows").Body, StringComparison.Ordinal);
        Assert.Contains("unmapped: No rule says whose it is.", kt.Error, StringComparison.Ordinal);
        Assert.Contains(
            "Of the rows before it broke off, as far as they were answered: 1 taken in, 0 there already, 0 changed since, 0 left out by a rule, 1 refused.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("Import i-1 is incomplete: at least 1 rows are in", kt.Error, StringComparison.Ordinal);

        await kt.RunAsync("import", File("cut.json", $"[{string.Join(',', entries)},{{\"request_id\":"), "--format", "litellm", "--dry-run");
        Assert.Contains("as far as they were answered: 1 would be taken in,", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_opens_no_import()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("import", File("routes.yaml", "version: 1\nrules:\n"), "--format", "csv"));
        Assert.Equal(["GET /v1/whoami"], server.Requests.Select(request => request.Request));
        Assert.DoesNotContain("incomplete", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_a_row_to_take_in_opens_no_import()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", "time,provider,model,input,output\nyesterday,openai,gpt-4o,1,1\n0001-01-01,openai,gpt-4o,1,1\n"), "--format", "csv"));
        Assert.Equal(["GET /v1/whoami"], server.Requests.Select(request => request.Request));
        Assert.Contains("no import was made", kt.Error, StringComparison.Ordinal);
        Assert.Contains("0 of 2 rows", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_that_took_nothing_in_is_ended()
    {
        await using var server = Server()
            .On("POST /v1/imports/i-1/rows", """{"detail":"busy","reason":"INTAKE_BUSY"}""", 429, "application/problem+json")
            .On("POST /v1/imports/i-1/finish", Import.Replace("\"accepted\":1", "\"accepted\":0", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv"));
        Assert.Equal("POST /v1/imports/i-1/finish", server.Requests.Last().Request);
        Assert.Contains("Import i-1 took nothing in, and is over.", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("incomplete", kt.Error, StringComparison.Ordinal);

        server.On("POST /v1/imports/i-1/finish", """{"detail":"down","reason":"DEPENDENCY_UNAVAILABLE"}""", 503, "application/problem+json");
        Assert.Equal(1, await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv"));
        Assert.Contains("Import i-1 is incomplete; kt imports show i-1 says what of it is in.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_of_another_currency_are_not_compared()
    {
        await using var server = Server().On("GET /v1/whoami", """{"currency":"EUR"}""");
        using var kt = new RunningKt(server.Url);

        await kt.RunAsync("import", File("usage.csv", Usage), "--format", "csv");
        Assert.DoesNotContain("stated_cost", server.Requests.Single(request => request.Request.EndsWith("/rows", StringComparison.Ordinal)).Body, StringComparison.Ordinal);
        Assert.Contains("they are not compared", kt.Error, StringComparison.Ordinal);

        await kt.RunAsync("import", File("costless.csv", "time,provider,model,input,output\n2026-06-01,openai,gpt-4o-mini,1,1\n"), "--format", "csv");
        Assert.DoesNotContain("compared", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAi_costs_are_set_beside_what_is_metered_and_nothing_is_sent()
    {
        await using var server = Server().On(
            "GET /v1/spend?from=2026-06-01&to=2026-06-03&provider=openai&group_by=model", """{"currency":"USD","rows":[{"model":"gpt-4o-mini","cost":0.900000000},{"model":"gpt-4o","cost":0.500000000}]}""");
        using var kt = new RunningKt(server.Url);
        var file = File("costs.json", """
            {"object":"page","data":[
              {"object":"bucket","start_time":1780272000,"end_time":1780358400,"results":[
                {"object":"organization.costs.result","amount":{"value":0.6,"currency":"usd"},"line_item":"gpt-4o-mini, input","project_id":"proj_a"},
                {"object":"organization.costs.result","amount":{"value":"0.40000000000000000001","currency":"usd"},"line_item":"gpt-4o-mini, output","project_id":"proj_a"}]},
              {"object":"bucket","start_time":1780358400,"end_time":1780444800,"results":[{"object":"organization.costs.result","amount":{"value":2,"currency":"usd"},"line_item":null,"project_id":null}]}]}
            """);

        Assert.Equal(0, await kt.RunAsync("import", file, "--format", "openai-costs"));
        Assert.Equal(["GET"], server.Requests.Select(request => request.Request.Split(' ')[0]));
        var rows = kt.Out.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("gpt-4o-mini 1.00 0.90 -0.10 -10.0", rows);
        Assert.Contains("(not named) 2.00 0.00 -2.00 -100.0", rows);
        Assert.Contains("gpt-4o 0.00 0.50 0.50 –", rows);
        Assert.Contains("total 3.00 1.40 -1.60 -53.3", rows);
        Assert.Contains("Nothing was kept", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_waits_until_everything_is_taken_back()
    {
        await using var server = Server().On("POST /v1/imports/i-1/undo", Import).On("GET /v1/imports/i-1", Import.Replace("\"finished\"", "\"undone\"", StringComparison.Ordinal).Replace("\"undone\":0", "\"undone\":1", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("imports", "undo", "i-1", "--note", "wrong team"));
        Assert.Contains("Look twice: Import i-0 tells of the same time.", kt.Error, StringComparison.Ordinal);
        Assert.Equal("""{"note":"wrong team"}""", server.Requests.First().Body);
        Assert.Contains("Taken back: 1 record of import i-1.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_that_is_no_longer_waited_for_is_said_to_go_on()
    {
        using var stop = new CancellationTokenSource();
        await using var server = Server().On("POST /v1/imports/i-1/undo", Import).OnSilent("GET /v1/imports/i-1", stop.Cancel);
        using var kt = new RunningKt(server.Url) { Stop = stop.Token };

        Assert.Equal(1, await kt.RunAsync("imports", "undo", "i-1"));
        Assert.StartsWith("The undo goes on by itself, though this no longer waits for it: kt imports show i-1 says how far it is.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_source_says_has_separators_as_all_tables()
    {
        await using var server = new ReplayServer().On("GET /v1/imports/i-1", Import.Replace(
            "\"stated\":[]",
            """
            "stated":[{"provider":"openai","model":"gpt-4o","rows":1200,"stated":98500.000000000,"rated":1500.500000001,"unpriced_rows":1000,"unpriced_stated":2000.000000000}]
            """,
            StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("imports", "show", "i-1"));
        Assert.Matches("openai +gpt-4o +1,200 +98,500.00 +1,500.500000001 +-94,999.499999999 +-98.4 +1,000 rows, 2,000.00", kt.Out);
    }

    [Fact]
    public async Task What_the_source_says_beyond_all_amounts_is_told_as_such_and_compared_with_nothing()
    {
        const string Beyond = """
            "stated":[{"provider":"openai","model":"gpt-4o","rows":1000,"stated":9223372036.854775807,"rated":1.500000000,"unpriced_rows":1000,"unpriced_stated":9223372036.854775807}]
            """;
        await using var server = new ReplayServer().On("GET /v1/imports/i-1", Import.Replace("\"stated\":[]", Beyond, StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("imports", "show", "i-1"));
        Assert.Matches("openai +gpt-4o +1,000 +over 9,223,372,036.854775807 +1.50 +– +– +1,000 rows", kt.Out);

        // As the pieces of a file are added up.
        using var stated = System.Text.Json.JsonDocument.Parse($"{{{Beyond}}}");
        var sum = Platform.Cli.Imports.StatedSum.From(stated.RootElement.GetProperty("stated")[0]);
        Assert.True((sum + sum).IsBeyond);
        Assert.Equal((2_000, sum.Stated, sum.Stated), ((sum + sum).Rows, (sum + sum).Stated, (sum + sum).UnpricedStated));
    }

    [Fact]
    public async Task Map_sets_one_rule_or_a_file_of_them()
    {
        await using var server = Server().On("POST /v1/import-rules", """{"rule_id":7,"provider":"","dimension":"project","value":"proj_a","team_id":"team_search","user_id":"","application_id":"","workload":"","skip":false}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("imports", "map", "set", "project", "proj_a", "--team", "team_search"));
        Assert.Equal("""{"dimension":"project","value":"proj_a","team_id":"team_search"}""", server.Requests.Single().Body);
        Assert.Contains("Rule 7: project proj_a is team team_search.", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("imports", "map", "set", "--file", File("wide.csv", "dimension,value,user\nuser,Doe, Jane,ada\n")));
        Assert.Contains("line 2: there are 4 cells", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("imports", "map", "set", "--file", File("torn.csv", "dimension,value,user\nuser,\"user-1,ada\nuser,user-2,bob\n")));
        Assert.Contains("line 2: a quotation mark is not closed", kt.Error, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("imports", "map", "set", "--file", File("map.csv", "dimension,value,user\nuser,user-1,ada\nuser,user-2,bob\n")));
        Assert.Equal(3, server.Requests.Count);
        Assert.Contains("Rule 7: user user-2 is team team_search.", kt.Error, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("imports", "map", "set", "--file", File("map.csv", "dimension,value,user\nuser,user-1,ada\nuser,user-2,bob\n"), "-o", "json"));
        Assert.Equal([7, 7], JsonDocument.Parse(kt.Out).RootElement.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("rule_id").GetInt32()));
        Assert.Equal(5, server.Requests.Count);
        Assert.Equal(2, await kt.RunAsync("imports", "map", "set", "--file", File("map.csv", "dimension,value\nuser,user-1\n"), "--team", "team_search"));
        Assert.Contains("--team is of one rule", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("imports", "map", "set", "--file", File("none.csv", "dimension,value,user\n")));
        Assert.Contains("has no rule below its header", kt.Error, StringComparison.Ordinal);
        Assert.Equal(5, server.Requests.Count);
        Assert.Equal(2, await kt.RunAsync("imports", "map", "set", "planet", "x", "--team", "team_search"));
    }

    private static ReplayServer Server() => new ReplayServer()
        .On("GET /v1/whoami", """{"currency":"USD"}""").On("POST /v1/imports", Import, status: 201).On("POST /v1/imports/i-1/rows", Outcome)
        .On("POST /v1/imports/preview", $$"""{{Outcome.TrimEnd()[..^1]}},"reach":{{Reach}}}""")
        .On("POST /v1/imports/preview/overlap", """{"warnings":["Import i-0 would count twice."]}""").On("POST /v1/imports/i-1/finish", Import);

    private string File(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
