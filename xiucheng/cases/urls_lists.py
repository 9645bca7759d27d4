"""Addresses of lists: the cases, saved filters, exports, the printed file. Before `cases/<number>`."""

from django.urls import path

from xiucheng.cases.pages import exports, filters, list, printed

urlpatterns = [
    path("cases", list.cases, name="cases"),
    path("cases/count", list.count, name="cases_count"),
    path("cases/columns", filters.columns, name="cases_columns"),
    path("cases/export", exports.export, name="cases_export"),
    path("cases/<str:number>/file.pdf", printed.file, name="case_pdf"),
    path("filters", filters.filters, name="filters"),
    path("filters/save", filters.save, name="filters_save"),
    path("filters/<int:filter>/delete", filters.delete, name="filters_delete"),
    path("filters/<int:filter>/first", filters.first, name="filters_first"),
    path("exports", exports.exports, name="exports"),
    path("exports/<uuid:export>/file", exports.file, name="export_file"),
    path("exports/<uuid:export>/delete", exports.delete, name="export_delete"),
]
