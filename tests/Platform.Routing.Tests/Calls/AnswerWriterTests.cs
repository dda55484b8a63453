using System.Net;
using Microsoft.AspNetCore.Http;
using Platform.Routing.Calls;

namespace Platform.Routing.Tests.Calls;

public sealed class AnswerWriterTests
{
    [Theory]
    [InlineData("plain; text=\"~\"", true)]
    [InlineData("a\u0001b", false)]
    [InlineData("a\u007fb", false)]
    [InlineData("a\tb", false)]
    [InlineData("é", false)]
    public void Header_that_this_server_may_not_send_is_left_out(string value, bool passed)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        Assert.True(answer.Headers.TryAddWithoutValidation("X-Theirs", value));
        Assert.True(answer.Headers.TryAddWithoutValidation("X-Two", ["fine", value]));
        var http = new DefaultHttpContext();
        AnswerWriter.CopyHead(answer, http.Response);
        Assert.Equal((passed, passed), (http.Response.Headers.ContainsKey("X-Theirs"), http.Response.Headers.ContainsKey("X-Two")));
    }

    [Fact]
    public void Provider_cannot_speak_in_the_gateways_own_headers()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        Assert.True(answer.Headers.TryAddWithoutValidation("X-KT-Cost", "9"));
        Assert.True(answer.Headers.TryAddWithoutValidation("x-kt-mark", "overflow"));
        var http = new DefaultHttpContext { Response = { Headers = { ["X-KT-Attempts"] = "1" } } };
        AnswerWriter.CopyHead(answer, http.Response);
        Assert.Equal(["X-KT-Attempts"], http.Response.Headers.Keys);
    }

    [Theory]
    [InlineData("openai-organization", "acme-7f3")]
    [InlineData("openai-project", "proj_1")]
    [InlineData("anthropic-organization-id", "0190a000-0000-7000-8000-000000000001")]
    [InlineData("strict-transport-security", "max-age=31536000; includeSubDomains; preload")]
    [InlineData("access-control-allow-origin", "*")]
    [InlineData("access-control-expose-headers", "X-Request-ID")]
    [InlineData("set-cookie", "__cf_bm=1")]
    [InlineData("www-authenticate", "Bearer realm=\"OpenAI API\"")]
    [InlineData("proxy-authenticate", "Basic")]
    [InlineData("clear-site-data", "\"*\"")]
    [InlineData("nel", "{\"max_age\":604800}")]
    [InlineData("report-to", "{\"group\":\"cf-nel\"}")]
    [InlineData("reporting-endpoints", "main=\"https://theirs/reports\"")]
    [InlineData("alt-svc", "h3=\":443\"")]
    [InlineData("location", "https://theirs/")]
    [InlineData("refresh", "0; url=https://theirs/")]
    [InlineData("server", "cloudflare")]
    [InlineData("date", "Sat, 28 Nov 2026 12:00:00 GMT")]
    public void What_names_the_gateways_account_or_is_meant_for_the_providers_host_goes_no_further(string name, string value)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        Assert.True(answer.Headers.TryAddWithoutValidation(name, value));
        Assert.True(answer.Headers.TryAddWithoutValidation("openai-processing-ms", "9"));
        var http = new DefaultHttpContext();
        AnswerWriter.CopyHead(answer, http.Response);
        Assert.Equal(["openai-processing-ms"], http.Response.Headers.Keys);
    }

    [Fact]
    public void Header_that_the_provider_says_is_of_its_connection_alone_goes_no_further()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        Assert.True(answer.Headers.TryAddWithoutValidation("Connection", "keep-alive, X-Hop"));
        Assert.True(answer.Headers.TryAddWithoutValidation("x-hop", "9"));
        Assert.True(answer.Headers.TryAddWithoutValidation("X-Theirs", "9"));
        var http = new DefaultHttpContext();
        AnswerWriter.CopyHead(answer, http.Response);
        Assert.Equal(["X-Theirs"], http.Response.Headers.Keys);
    }
}
