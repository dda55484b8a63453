namespace Platform.Cli.Tests;

public sealed class ExportCommandTests
{
    private const string Job = """
        {"job_id":"j1","name":"rolling","cron":"0 6 * * *","window":"30d","series":false,"warning":"Windows of 30d at '0 6 * * *' overlap.","format":"json","s3_bucket":"b","s3_prefix":"","created_at":"2026-06-15T12:00:00Z","created_by":"key_ann","changed_by":"key_ben","paused_at":"2026-06-16T12:00:00Z","removed_at":null,"next_due_at":null,"last_run":null}
        """;

    private const string Run = """
        {"run_id":"r1","job_id":"j1","state":"completed","basis":"booked","period":"2026-06","from":"2026-05-31T22:00:00Z","to":"2026-06-30T22:00:00Z","time_zone":"Europe/Berlin","rows":3,"cost":1.500000000,"late_rows":1,"late_cost":0.250000000,"currency":"USD","s3_bucket":"b","data_key":"k1","manifest_key":"m","sha256":"aa","bytes":9,"error":"","next_attempt_at":null,"asked_by":"key_ann","files":[{"billing_period":"2026-06","key":"k1","rows":2,"cost":1.250000000,"late_rows":0,"late_cost":0,"sha256":"aa","bytes":5},{"billing_period":"2026-07","key":"k2","rows":1,"cost":0.250000000,"late_rows":1,"late_cost":0.250000000,"sha256":"bb","bytes":4}]}
        """;

    [Fact]
    public async Task Change_sends_what_is_given_and_tells_what_windows_double_on_stderr()
    {
        await using var server = new ReplayServer().On("PATCH /v1/exports/jobs/rolling", Job);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "change", "rolling", "--window", "30d", "--s3-prefix", "x/"));
        Assert.Equal("""{"window":"30d","s3_prefix":"x/"}""", server.Requests.Single().Body);
        Assert.Contains("overlap", kt.Error, StringComparison.Ordinal);
        Assert.Contains("paused 2026-06-16 12:00:00Z", kt.Out, StringComparison.Ordinal);
        Assert.Contains("key_ben", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", """{"paused":true}""")]
    [InlineData("resume", """{"paused":false}""")]
    public async Task Pause_and_resume_say_so(string command, string body)
    {
        await using var server = new ReplayServer().On("PATCH /v1/exports/jobs/rolling", Job);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", command, "rolling"));
        Assert.Equal(body, server.Requests.Single().Body);
    }

    [Fact]
    public async Task Remove_deletes_the_job()
    {
        await using var server = new ReplayServer().On("DELETE /v1/exports/jobs/rolling", Job);
        using var kt = new RunningKt(server.Url);
        Assert.Equal(0, await kt.RunAsync("export-jobs", "remove", "rolling"));
    }

    [Fact]
    public async Task Month_is_asked_for_by_its_name_and_shown_with_its_files_and_what_came_late()
    {
        await using var server = new ReplayServer().On("POST /v1/exports/runs", Run, 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "create", "--period", "2026-06", "--basis", "booked", "--s3-bucket", "books"));
        Assert.Equal("""{"period":"2026-06","basis":"booked","format":"json","s3_bucket":"books"}""", server.Requests.Single().Body);
        Assert.Contains("(2026-06, Europe/Berlin, as booked)", kt.Out, StringComparison.Ordinal);
        Assert.Contains("1 row, 0.25 USD, of before", kt.Out, StringComparison.Ordinal);
        Assert.Contains("b/k2", kt.Out, StringComparison.Ordinal);
        Assert.Contains("bb, 1 row of 2026-07", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Focus_is_asked_for_by_its_version_and_what_has_no_price_is_said()
    {
        var unpriced = Run.Replace("\"error\":\"\"", "\"error\":\"\",\"unpriced_records\":2", StringComparison.Ordinal);
        var job = Job.Replace("\"format\":\"json\"", "\"format\":\"focus\",\"focus_version\":\"1.2\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/exports/runs", unpriced, 201).On("PATCH /v1/exports/jobs/rolling", job);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "create", "--period", "2026-06", "--format", "focus", "--focus-version", "1.2", "--s3-bucket", "books"));
        Assert.Equal("""{"period":"2026-06","format":"focus","s3_bucket":"books","focus_version":"1.2"}""", server.Requests.Single().Body);
        Assert.Contains("2 records when recorded", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("export-jobs", "change", "rolling", "--focus-version", "1.2"));
        Assert.Equal("""{"focus_version":"1.2"}""", server.Requests.Last().Body);
        Assert.Contains("as focus 1.2", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_run_is_retried_and_the_next_page_named()
    {
        await using var server = new ReplayServer()
            .On("POST /v1/exports/runs/r1/retry", Run)
            .On("GET /v1/exports/runs", $$"""{"runs":[{{Run}}],"next_page_token":"p2"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "retry", "r1"));
        Assert.Equal(0, await kt.RunAsync("export-jobs", "runs", "--page", "p1"));
        Assert.Contains("page_token=p1", server.Requests.Last().Request, StringComparison.Ordinal);
        Assert.Contains("b/k1 and 1 more", kt.Out, StringComparison.Ordinal);
        Assert.Contains("--page p2", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_lacks_what_retention_dropped_says_so_where_it_is_listed_and_where_it_is_shown()
    {
        var run = Run.Replace(
            "\"error\":\"\"", "\"error\":\"\",\"series_from\":\"2025-01-06T06:00:00Z\",\"recorded_after\":\"2026-06-15T06:00:01Z\",\"late_kept_from\":\"2026-02-01T00:00:00Z\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/exports/runs/r1/retry", run).On("GET /v1/exports/runs", $$"""{"runs":[{{run}},{{Run}}],"next_page_token":""}""");
        using var kt = new RunningKt(server.Url);
        const string Lacks = "lacks what occurred 2025-01-06 06:00:00Z to 2026-02-01 00:00:00Z and was recorded after 2026-06-15 06:00:01Z";

        Assert.Equal(0, await kt.RunAsync("export-jobs", "runs"));
        Assert.Equal($"r1 {Lacks}: no longer kept; kt spend has its sums", kt.Error.Trim());
        Assert.Equal(0, await kt.RunAsync("export-jobs", "retry", "r1"));
        Assert.Contains(Lacks, string.Join(' ', kt.Out.Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_of_a_billing_period_is_downloaded_by_its_name()
    {
        await using var server = new ReplayServer().On("GET /v1/exports/jobs/weekly/download", "[]");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "download", "weekly", "--period", "2026-07"));
        Assert.Contains("billing_period=2026-07", server.Requests.Single().Request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_is_no_text_for_stdout()
    {
        await using var server = new ReplayServer().On("GET /v1/exports/jobs/weekly/download", "PAR1\u0015\u0004", mediaType: "application/vnd.apache.parquet");
        using var kt = new RunningKt(server.Url);
        Assert.Equal(2, await kt.RunAsync("export-jobs", "download", "weekly"));
        Assert.Contains("add --file PATH", kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("id,cost\r\nÄ,1\r\n")]
    public async Task Text_is_written_to_stdout_whole(string text)
    {
        await using var server = new ReplayServer().On("GET /v1/exports/jobs/weekly/download", text);
        using var kt = new RunningKt(server.Url);
        Assert.Equal(0, await kt.RunAsync("export-jobs", "download", "weekly"));
        Assert.Equal(text, kt.Out);
    }

    [Fact]
    public async Task Files_in_S3_are_shown_by_what_programs_open()
    {
        var run = Run.Replace("\"key\":\"k2\"", "\"key\":\"k2\",\"location\":\"s3://b/k2\"", StringComparison.Ordinal)
            .Replace("\"error\":\"\"", "\"error\":\"\",\"store\":\"s3\",\"location\":\"s3://b/k1\",\"manifest_location\":\"s3://b/m\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/exports/runs", run, 201).On("GET /v1/exports/runs", $$"""{"runs":[{{run}}],"next_page_token":""}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "create", "--period", "2026-06", "--s3-bucket", "b"));
        Assert.Contains("s3://b/k2", kt.Out, StringComparison.Ordinal);
        Assert.Contains("s3://b/m", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("export-jobs", "runs"));
        Assert.Contains("s3://b/k1 and 1 more", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reconcile --from 2026-06-01 --to 2026-06-02", "\"s3_bucket\":\"kt-reconcile\"}")]
    [InlineData("reconcile --from 2026-06-01 --to 2026-06-02 --s3-bucket finops", "\"s3_bucket\":\"finops\",\"s3_prefix\":\"kt-reconcile\"}")]
    public async Task The_check_s_export_goes_to_a_bucket_of_its_own_or_to_the_one_that_is_named(string command, string asked)
    {
        await using var server = new ReplayServer()
            .On("GET /v1/whoami", """{"server_time":"2026-06-15T12:00:00Z","currency":"USD"}""")
            .On("GET /v1/reconciliation/open-holds", "", mediaType: "application/x-ndjson")
            .On("GET /v1/reconciliation/usage", "", mediaType: "application/x-ndjson")
            .On("GET /v1/reconciliation/postings", "", mediaType: "application/x-ndjson")
            .On("POST /v1/exports/runs", """{"run_id":"r1","state":"completed","files":[]}""", 201);
        using var kt = new RunningKt(server.Url);

        await kt.RunAsync(command.Split(' '));
        Assert.EndsWith(asked, server.Requests.Single(request => request.Body.Length > 0).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Length_that_ends_now_is_created_under_a_name()
    {
        await using var server = new ReplayServer().On("POST /v1/exports/runs", Run, 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "create", "--name", "board-meeting", "--window", "7d", "--s3-bucket", "books"));
        Assert.Equal("""{"window":"7d","format":"json","s3_bucket":"books","name":"board-meeting"}""", server.Requests.Single().Body);
    }
}
