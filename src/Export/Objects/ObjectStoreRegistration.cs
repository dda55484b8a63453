using Amazon.S3;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Platform.Export.Objects.S3;

namespace Platform.Export.Objects;

internal static class ObjectStoreRegistration
{
    /// <summary>The store that the options name, beside what else is set up, and its health.</summary>
    public static void AddObjectStores(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IAmazonS3>(services => S3Client.Create(services.GetRequiredService<IOptions<ExportOptions>>().Value.S3));
        builder.Services.AddSingleton<S3ObjectStore>();
        builder.Services.AddSingleton<FolderObjectStore>();
        builder.Services.AddSingleton<S3HealthCheck>();
        builder.Services.AddSingleton<DirectoryHealthCheck>();
        builder.Services.AddSingleton<ObjectStores>(services => Choose(services, services.GetRequiredService<IOptions<ExportOptions>>().Value));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            "ExportStore",
            services => services.GetRequiredService<IOptions<ExportOptions>>().Value.Store switch
            {
                ObjectStoreKind.Folder => services.GetRequiredService<DirectoryHealthCheck>(),
                ObjectStoreKind.S3 => services.GetRequiredService<S3HealthCheck>(),
            },
            failureStatus: null, tags: null));
    }

    private static ObjectStores Choose(IServiceProvider services, ExportOptions options)
    {
        return options.Store switch
        {
            ObjectStoreKind.Folder when options.S3.IsSetUp => new ObjectStores(Folder(), S3()),
            ObjectStoreKind.Folder => new ObjectStores(Folder()),
            ObjectStoreKind.S3 when options.Directory.Length > 0 => new ObjectStores(S3(), Folder()),
            ObjectStoreKind.S3 => new ObjectStores(S3()),
        };

        IObjectStore Folder() => services.GetRequiredService<FolderObjectStore>();

        IObjectStore S3() => services.GetRequiredService<S3ObjectStore>();
    }
}
