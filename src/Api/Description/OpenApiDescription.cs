using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Platform.Contracts;

namespace Platform.Api.Description;

/// <summary>What the OpenAPI document says beyond the routes themselves: title, how to authenticate, what parameters mean, which problems are answered, and that amounts are exact decimals.</summary>
internal static class OpenApiDescription
{
    private const string Scheme = "bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Keeptrusts platform API",
                Version = "v1",
                Description = "Wallets, usage, spend, forecasts and exports of governed model calls. Times are ISO 8601 in UTC; amounts are exact decimals " +
                    "of the organisation's currency with at most nine places. Errors are application/problem+json with a stable `reason` (docs/errors.md).",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Scheme,
                Description = "A token of the platform: kt_live_….",
            };
            ParameterTexts.AddTo(document);
            PossibleProblems.AddTo(document);
            RequiredFields.Tighten(document);
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if ((Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type) == typeof(Money))
            {
                schema.Type = JsonSchemaType.Number;
                schema.Format = "decimal";
                schema.Description = "Exact decimal, at most nine places.";
                schema.Properties?.Clear();
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            // One answer has one type: what an endpoint writes as text too is told with it, and is no object there.
            foreach (var (_, content) in (operation.Responses ?? []).SelectMany(answer => answer.Value.Content ?? new Dictionary<string, OpenApiMediaType>())
                .Where(content => content.Key.StartsWith("text/", StringComparison.Ordinal)))
            {
                content.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
            }

            return Task.CompletedTask;
        });
    }
}
