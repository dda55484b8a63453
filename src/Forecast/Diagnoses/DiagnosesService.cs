using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Diagnoses;

/// <summary>The diagnosis on the wire.</summary>
internal sealed class DiagnosesService(Diagnose diagnose) : Contracts.Forecast.V1.Diagnoses.DiagnosesBase
{
    [RequireRole(Role.Viewer)]
    public override Task<DiagnosisReport> Diagnose(DiagnoseRequest request, ServerCallContext context) => diagnose.RunAsync(request, context.CancellationToken);
}
