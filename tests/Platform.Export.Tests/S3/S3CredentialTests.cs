using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Platform.Export.Objects.S3;
using Platform.Export.Runs;

namespace Platform.Export.Tests.S3;

/// <summary>Keys that the SDK finds itself, as the environment says, and what people are told where it finds none.</summary>
[Collection(S3ServerCollection.Name)]
public sealed class S3CredentialTests : IDisposable
{
    /// <summary>What the SDK looks at; a machine that tests may have some of it set.</summary>
    private static readonly string[] Variables =
    [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL_STS",
        "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];

    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private readonly string _folder = Directory.CreateTempSubdirectory("kt-aws-").FullName;
    private readonly S3Server _server;

    public S3CredentialTests(S3Server server)
    {
        _server = server;
        foreach (var name in Variables)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Set("AWS_REGION", "eu-central-1");
        Set("AWS_EC2_METADATA_DISABLED", "true");
        Set("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(_folder, "credentials"));
        Set("AWS_CONFIG_FILE", Path.Combine(_folder, "config"));
        File.WriteAllText(Path.Combine(_folder, "credentials"), "");
        File.WriteAllText(Path.Combine(_folder, "token"), "token-of-the-cluster");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Web_identity_is_changed_for_a_key_at_the_token_service()
    {
        await using var service = await TokenServiceAsync(
            StatusCodes.Status200OK,
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
            <AccessKeyId>S3RVER</AccessKeyId><SecretAccessKey>S3RVER</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
            """);
        SetWebIdentity(service, "token");

        var health = await HealthAsync();
        Assert.True(health.Status == HealthStatus.Healthy, health.Description);
        var asked = Assert.Single(service.Asked);
        Assert.Contains("Action=AssumeRoleWithWebIdentity", asked, StringComparison.Ordinal);
        Assert.Contains("WebIdentityToken=token-of-the-cluster", asked, StringComparison.Ordinal);
    }

    /// <summary>With credentials of its own, because the SDK keeps those that it found in the environment for as long as the process lives.</summary>
    [Theory]
    [InlineData("token", "Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    [InlineData("absent", "Could not find file")]
    public async Task Web_identity_that_gets_no_key_is_degraded_and_says_why(string file, string told)
    {
        await using var service = await TokenServiceAsync(
            StatusCodes.Status403Forbidden,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>");
        SetWebIdentity(service, "token");
        await using var export = await TestExport.CreateAsync(s3: StoreOf(new AssumeRoleWithWebIdentityCredentials(Path.Combine(_folder, file), "arn:aws:iam::123456789012:role/export", "export")));
        Assert.Contains(told, await ErrorOfRunAsync(export), StringComparison.Ordinal);
    }

    public static TheoryData<Exception> Failures =>
    [
        new InvalidOperationException("Assembly AWSSDK.Absent could not be found or loaded."), new ArgumentException("The role is none."), new UnauthorizedAccessException("The file is not readable."),
        new ProfileNotFoundException("There is no such profile."), new ProcessAWSCredentialException("The process failed."),
    ];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Whatever_the_search_for_credentials_ends_with_is_degraded_and_fails_the_run_with_what_to_do(Exception failure)
    {
        var credentials = new FailingCredentials(failure);
        var health = await HealthAsync(credentials);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains(failure.Message, health.Description, StringComparison.Ordinal);

        await using var export = await TestExport.CreateAsync(s3: StoreOf(credentials));
        var error = await ErrorOfRunAsync(export);
        Assert.Contains($"was not asked: {failure.Message} A key is given by Export__S3__AccessKeyId", error, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => StoreOf(credentials).GetAsync("bucket", "key", Cancel));
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void SetWebIdentity(TokenService service, string file)
    {
        Set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/export");
        Set("AWS_WEB_IDENTITY_TOKEN_FILE", Path.Combine(_folder, file));
        Set("AWS_ENDPOINT_URL_STS", service.Address);
    }

    private async Task<HealthCheckResult> HealthAsync(AWSCredentials? credentials = null)
    {
        using var client = ClientOf(credentials);
        return await new S3HealthCheck(client, Microsoft.Extensions.Options.Options.Create(Options()), new FakeTimeProvider()).CheckHealthAsync(new HealthCheckContext(), Cancel);
    }

    private static async Task<string> ErrorOfRunAsync(TestExport export)
    {
        var run = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        var failed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.True(failed is { Status: RunStatus.Failed, NextAttemptAt: not null });
        return failed.Error;
    }

    private S3ObjectStore StoreOf(AWSCredentials credentials) => new(ClientOf(credentials), Microsoft.Extensions.Options.Options.Create(Options()), NullLogger<S3ObjectStore>.Instance);

    /// <summary>As the service makes it, unless it is given credentials.</summary>
    private AmazonS3Client ClientOf(AWSCredentials? credentials) =>
        credentials is null ? S3Client.Create(Options().S3) : new AmazonS3Client(credentials, S3Client.ConfigOf(Options().S3));

    private ExportOptions Options() => new() { S3 = new() { Endpoint = _server.Endpoint } };

    private static void Set(string name, string? value) => Environment.SetEnvironmentVariable(name, value);

    private static async Task<TokenService> TokenServiceAsync(int status, string answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var service = new TokenService(builder.Build());
        service.Web.Run(async context =>
        {
            service.Asked.Add(await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted));
            (context.Response.StatusCode, context.Response.ContentType) = (status, "text/xml");
            await context.Response.WriteAsync(answer, context.RequestAborted);
        });
        await service.Web.StartAsync(Cancel);
        return service;
    }

    /// <summary>What AWS calls STS, as far as these tests go.</summary>
    private sealed record TokenService(WebApplication Web) : IAsyncDisposable
    {
        public List<string> Asked { get; } = [];

        public string Address => Web.Urls.Single();

        public ValueTask DisposeAsync() => Web.DisposeAsync();
    }
    private sealed class FailingCredentials(Exception failure) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw failure;
    }
}
