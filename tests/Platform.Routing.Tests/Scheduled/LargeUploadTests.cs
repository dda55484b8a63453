using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Testing;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Files at the edge of what is taken, which is 5,000 bytes here, over a real server.</summary>
public sealed class LargeUploadTests : WaitingWorkTest
{
    private WebApplication? _app;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var options = Options.Create(new ScheduledOptions { MaxFileBytes = 5_000 });
        _app = await BatchServer.StartAsync(new BatchEndpoints(
            new RolesByName(), Submit(options.Value), new BatchStore(DataSource), null!, Policy, Gateway.Forbidden, options, Options.Create(new GatewayOptions { MaxBodyBytes = 2_000 }), TimeProvider.System), Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory(Timeout = 300_000)]
    // A line has 128 bytes. Of how many, whether their length is said → what becomes of them.
    [InlineData(39, true, "202")]
    [InlineData(39, false, "202")]
    [InlineData(40, true, "413 BATCH_TOO_LARGE")]
    [InlineData(40, false, "413 BATCH_TOO_LARGE")]
    [InlineData(3_000, false, "413 BATCH_TOO_LARGE")]
    // 32 MB, above what the server takes when nobody says otherwise (30 MB): clients send all of it before they read the answer.
    [InlineData(250_000, true, "413 BATCH_TOO_LARGE")]
    public async Task File_above_what_is_taken_is_refused_as_that(int lines, bool isLengthSaid, string expected)
    {
        var file = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(100_000, lines).Select(Line)));
        Assert.Equal(128 * lines, file.Length);
        using var http = new HttpClient { BaseAddress = new Uri(_app!.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/batches") { Content = new ByteArrayContent(file) };
        request.Headers.Authorization = new("Bearer", nameof(Role.Inference));
        request.Headers.TransferEncodingChunked = !isLengthSaid;
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, $"{(int)answer.StatusCode}{(body.Contains("BATCH_TOO_LARGE", StringComparison.Ordinal) ? " BATCH_TOO_LARGE" : "")}");
    }

    private static string Line(int id) =>
        $$$"""{"custom_id":"{{{id}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini","messages":[],"max_tokens":5}}""" + "\n";
}
