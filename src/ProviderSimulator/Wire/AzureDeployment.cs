using System.Diagnostics.CodeAnalysis;
using Platform.ProviderSimulator.Billing;

namespace Platform.ProviderSimulator.Wire;

/// <summary>
/// What Azure's addresses say: a deployment, which has the name of a model or ends with a dash and one (<c>eu-gpt-4o-mini</c>), and the version of the interface.
/// </summary>
internal static class AzureDeployment
{
    public const string KeyHeader = "api-key";

    public static readonly OpenAiError MissingKey = new(
        StatusCodes.Status401Unauthorized,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription.",
        "invalid_request_error",
        Code: "401");

    public static readonly OpenAiError Unknown = new(
        StatusCodes.Status404NotFound, "The API deployment for this resource does not exist.", "invalid_request_error", Code: "DeploymentNotFound");

    /// <summary>Null when the address names a model.</summary>
    public static OpenAiError? TryRead(HttpRequest http, [NotNullWhen(true)] out string? model)
    {
        model = null;
        if (http.Query["api-version"].ToString().Length == 0)
        {
            return new OpenAiError(StatusCodes.Status404NotFound, "Resource not found", "invalid_request_error", Code: "404");
        }
        model = ModelOf(http.RouteValues["deployment"] as string ?? "");
        return model is not null ? null : Unknown;
    }

    /// <summary>Null when the deployment's name ends with none.</summary>
    public static string? ModelOf(string deployment) => PriceTable.Models(Vendor.OpenAi, Vendor.OpenAiEmbeddings)
        .Where(one => deployment == one || deployment.EndsWith("-" + one, StringComparison.Ordinal))
        .MaxBy(one => one.Length);
}
