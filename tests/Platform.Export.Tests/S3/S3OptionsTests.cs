using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Export.Objects;
using Platform.Export.Objects.S3;

namespace Platform.Export.Tests.S3;

/// <summary>Which store a configuration means, and what is said of one that means none.</summary>
public class S3OptionsTests
{
    [Theory]
    [InlineData("Directory=/data", "Folder")]
    [InlineData("Store=folder Directory=/data S3:Region=eu-central-1", "Folder S3")]
    [InlineData("Store=s3 S3:Region=eu-central-1", "S3")]
    [InlineData("Store=S3 Directory=/data S3:Endpoint=https://s3.example.com", "S3 Folder")]
    public void Store_is_the_one_that_is_said_and_the_other_is_read_where_it_is_set_up(string settings, string stores)
    {
        using var services = ServicesOf(settings);
        var chosen = services.GetRequiredService<ObjectStores>();
        var others = Enum.GetValues<ObjectStoreKind>().Where(kind => kind != chosen.Current.Kind && Record.Exception(() => chosen.Of(kind)) is null);
        Assert.Equal(stores, string.Join(' ', others.Prepend(chosen.Current.Kind)));
    }

    [Theory]
    [InlineData("", "Export:Directory is missing")]
    [InlineData("Store=s3 Directory=/data", "set Export__S3__Region to the buckets' region, or Export__S3__Endpoint")]
    [InlineData("Store=s3 S3:Endpoint=s3.example.com", "Export:S3:Endpoint must be an address such as https://s3.example.com; it is 's3.example.com'.")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:AccessKeyId=AKIA", "Export:S3:AccessKeyId and Export:S3:SecretAccessKey belong together")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:ExpectedBucketOwner=1234-5678", "Export:S3:ExpectedBucketOwner must be the 12 digits of an account; it is '1234-5678'.")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:ServerSideEncryption=aes", "Export:S3:ServerSideEncryption must be AES256")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:KmsKeyId=alias/finance", "Export:S3:KmsKeyId needs")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:PartMebibytes=4", "Export:S3:PartMebibytes must be 5 to 512; it is 4.")]
    [InlineData("Store=s3 S3:Region=eu-central-1 S3:TimeoutSeconds=0", "Export:S3:TimeoutSeconds must be 1 to 900; it is 0.")]
    public void Setting_that_cannot_be_meant_is_refused_at_the_start(string settings, string told)
    {
        using var services = ServicesOf(settings);
        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ExportOptions>>().Value);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_of_an_endpoint_names_the_bucket_in_the_path_unless_it_is_told_not_to()
    {
        var ceph = S3Client.ConfigOf(new S3Options { Endpoint = "http://ceph.internal:7480" });
        Assert.Equal((true, "us-east-1", "http://ceph.internal:7480/"), (ceph.ForcePathStyle, ceph.AuthenticationRegion, ceph.ServiceURL));
        var r2 = S3Client.ConfigOf(new S3Options { Endpoint = "https://account.r2.cloudflarestorage.com", Region = "auto", PathStyle = false });
        Assert.Equal((false, "auto"), (r2.ForcePathStyle, r2.AuthenticationRegion));
        var amazon = S3Client.ConfigOf(new S3Options { Region = "eu-central-1" });
        Assert.Equal((false, "eu-central-1"), (amazon.ForcePathStyle, amazon.RegionEndpoint.SystemName));
    }

    private static ServiceProvider ServicesOf(string settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(
            settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).ToDictionary(pair => $"Export:{pair[0]}", pair => (string?)pair[1]));
        builder.Services.AddSingleton(TimeProvider.System).AddLogging();
        builder.Services.AddOptions<ExportOptions>().BindConfiguration(ExportOptions.Section).ValidateDataAnnotations();
        builder.AddObjectStores();
        builder.Services.AddSingleton<IConfiguration>(builder.Configuration);
        return builder.Services.BuildServiceProvider();
    }
}
