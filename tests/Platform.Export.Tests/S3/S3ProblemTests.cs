using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Platform.Export.Objects.S3;
using Platform.Testing;

namespace Platform.Export.Tests.S3;

/// <summary>What people are told when S3 does not do what was asked, and what the service's health says of it.</summary>
[Collection(S3ServerCollection.Name)]
public class S3ProblemTests(S3Server server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "NoSuchBucket", "There is no bucket finance at S3")]
    [InlineData(HttpStatusCode.Forbidden, "AccessDenied", "S3 denies to write in bucket finance: the service's identity needs s3:PutObject, s3:GetObject, s3:AbortMultipartUpload and s3:ListBucket there")]
    [InlineData(HttpStatusCode.Forbidden, "InvalidAccessKeyId", "does not take the service's key (InvalidAccessKeyId): set Export__S3__AccessKeyId")]
    [InlineData(HttpStatusCode.Forbidden, "SignatureDoesNotMatch", "does not take the service's key (SignatureDoesNotMatch)")]
    [InlineData(HttpStatusCode.BadRequest, "ExpiredToken", "does not take the service's key (ExpiredToken)")]
    [InlineData(HttpStatusCode.Forbidden, "RequestTimeTooSkewed", "clock is more than a quarter of an hour away")]
    [InlineData(HttpStatusCode.MovedPermanently, "PermanentRedirect", "Bucket finance is in another region than http")]
    [InlineData(HttpStatusCode.BadRequest, "AuthorizationHeaderMalformed", "Bucket finance is in another region than http")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "SlowDown", "does not write in bucket finance: 503 SlowDown: detail")]
    [InlineData(HttpStatusCode.BadRequest, "KMS.DisabledException", "does not write in bucket finance: 400 KMS.DisabledException: detail")]
    public async Task Refusal_says_what_to_do(HttpStatusCode status, string code, string told)
    {
        var wire = server.Wire();
        wire.Answer = _ => S3Wire.Refusal(status, code, "detail");
        var error = await Assert.ThrowsAnyAsync<IOException>(() => S3StoreTests.WriteAsync(server.Store(wire), "finance", "file", "x"u8.ToArray()));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_is_refused_in_the_same_words()
    {
        var wire = server.Wire();
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "AccessDenied");
        var error = await Assert.ThrowsAnyAsync<IOException>(() => server.Store(wire).GetAsync("finance", "file", Cancel));
        Assert.Contains("S3 denies to read in bucket finance", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_away_or_silent_is_named_with_its_address()
    {
        var options = server.Options();
        (options.S3.Endpoint, options.S3.TimeoutSeconds) = ("http://127.0.0.1:1", 1);
        var away = await Assert.ThrowsAsync<IOException>(() => S3StoreTests.WriteAsync(S3Server.StoreOf(options, server.Wire()), "finance", "file", "x"u8.ToArray()));
        Assert.Contains("S3 (http://127.0.0.1:1) cannot be reached: Connection refused", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_that_S3_knows_who_asks_whatever_it_lets_him_do()
    {
        var wire = server.Wire();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(Check(wire))).Status);
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "AccessDenied");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(Check(wire))).Status);
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "InvalidAccessKeyId");
        var unknown = await CheckAsync(Check(wire));
        Assert.Equal(HealthStatus.Degraded, unknown.Status);
        Assert.Contains("does not take the service's key", unknown.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_of_an_S3_that_does_not_answer_is_known_within_seconds()
    {
        var silent = server.Wire();
        silent.Answer = _ => throw new TaskCanceledException("the time limit, sooner than a test would wait for it");
        var answer = await CheckAsync(Check(silent));
        Assert.Equal((HealthStatus.Degraded, $"S3 ({server.Endpoint}) did not answer within 3 s. Exports wait."), (answer.Status, answer.Description));
    }

    [Fact]
    public async Task Health_is_asked_once_a_minute_and_degraded_while_S3_is_away()
    {
        var (wire, time) = (server.Wire(), new FakeTimeProvider());
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "ExpiredToken");
        var check = Check(wire, time);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(check)).Status);
        var asked = wire.Asked.Count;
        wire.Answer = _ => null;
        Assert.Equal((HealthStatus.Degraded, asked), ((await CheckAsync(check)).Status, wire.Asked.Count));
        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(async () => (await CheckAsync(check)).Status == HealthStatus.Healthy, TimeSpan.FromSeconds(30), "S3 to be well again");
        Assert.Equal(asked + 1, wire.Asked.Count);
    }

    [Fact]
    public async Task Health_is_what_it_was_while_S3_takes_its_time_to_answer_again()
    {
        var (wire, time, silence) = (server.Wire(), new FakeTimeProvider(), new TaskCompletionSource());
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "AccessDenied");
        var check = Check(wire, time);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status);
        time.Advance(TimeSpan.FromMinutes(1));
        wire.Until = silence.Task;
        wire.Answer = _ => S3Wire.Refusal(HttpStatusCode.Forbidden, "ExpiredToken");

        var during = CheckAsync(check);
        Assert.True(during.IsCompleted);
        Assert.Equal(HealthStatus.Healthy, (await during).Status);
        silence.SetResult();
        await Eventually.TrueAsync(async () => (await CheckAsync(check)).Status == HealthStatus.Degraded, TimeSpan.FromSeconds(30), "what S3 said in the end");
    }

    private S3HealthCheck Check(S3Wire wire, FakeTimeProvider? time = null)
    {
        var options = server.Options();
        return new S3HealthCheck(S3Server.ClientOf(options, wire), Microsoft.Extensions.Options.Options.Create(options), time ?? new FakeTimeProvider());
    }

    private static Task<HealthCheckResult> CheckAsync(S3HealthCheck check) => check.CheckHealthAsync(new HealthCheckContext(), Cancel);
}
